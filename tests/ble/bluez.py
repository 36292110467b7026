"""A stand-in for bluetoothd on a private bus; the agent's real bleak talks to it."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from dbus_fast import Message, Variant
from dbus_fast.aio import MessageBus

from befresh_agent.domain.container import Address

from .objects import NOTHING, Objects, Refused, Reply
from .peripherals import Behaviour, Peripheral, behave

ADAPTER, DEVICE = "org.bluez.Adapter1", "org.bluez.Device1"
GATT_SERVICE, GATT_CHARACTERISTIC = "org.bluez.GattService1", "org.bluez.GattCharacteristic1"
_TICK_S = 0.02


class Bluez:
    """One or more adapters and the peripherals around them."""

    def __init__(self, bus_address: str, adapters: Iterable[str] = ("hci0",)) -> None:
        self._bus_address = bus_address
        self._adapters = tuple(adapters)
        self.peripherals: dict[Address, Peripheral] = {}
        self.deaf: set[str] = set()
        """Adapters that hear nobody although they say that they listen."""
        self.discovery: Behaviour = 0.0
        self.frozen = False
        """Takes every call and never answers."""
        self.cures: list[str] = []
        """What was done to heal an adapter."""
        self.listened: set[str] = set()
        """Adapters that were told to listen."""
        self.on_connect: Callable[[], None] = lambda: None
        """What happens beside every attempt to connect."""
        self.most_at_once = 0
        """The most containers that were being connected to, or were connected, at one time."""
        self._connecting: set[Peripheral] = set()
        self.objects: Objects | None = None
        self._listening: dict[str, asyncio.Task[None]] = {}

    async def start(self) -> None:
        bus = await MessageBus(bus_address=self._bus_address).connect()
        self.objects = objects = Objects(bus)
        objects.on_set = self._on_set
        objects.methods |= {
            (ADAPTER, "SetDiscoveryFilter"): self._accept,
            (ADAPTER, "StartDiscovery"): self._start_discovery,
            (ADAPTER, "StopDiscovery"): self._stop_discovery,
            (ADAPTER, "RemoveDevice"): self._remove_device,
            (DEVICE, "Connect"): self._connect,
            (DEVICE, "Disconnect"): self._disconnect,
            (GATT_CHARACTERISTIC, "ReadValue"): self._read,
        }
        for adapter in self._adapters:
            self.plug(adapter)
        await bus.request_name("org.bluez")

    async def stop(self) -> None:
        """As when bluetoothd is killed: objects vanish without a word, links are lost."""
        if self.objects is None:
            return
        for adapter in list(self._listening):
            self._silence(adapter)
        for peripheral in self.peripherals.values():
            peripheral.connected = False
        objects, self.objects = self.objects, None
        objects.stop()
        objects.bus.disconnect()

    def add(self, *peripherals: Peripheral) -> None:
        for peripheral in peripherals:
            self.peripherals[peripheral.address] = peripheral

    def plug(self, adapter: str, address: str = "DC:A6:32:00:00:01") -> None:
        properties = {
            "Address": Variant("s", address),
            "Alias": Variant("s", "pi"),
            "Powered": Variant("b", True),
            "Discovering": Variant("b", False),
            "Roles": Variant("as", ["central", "peripheral"]),
        }
        self._adapters = tuple(dict.fromkeys((*self._adapters, adapter)))
        self._tree.add(f"/org/bluez/{adapter}", {ADAPTER: properties})

    def unplug(self, adapter: str) -> None:
        self._silence(adapter)
        path = f"/org/bluez/{adapter}"
        for below in [other for other in self._tree.tree if other.startswith(f"{path}/")]:
            self._tree.remove(below)
        self._tree.remove(path)

    def powered(self, adapter: str, on: bool) -> None:
        if not on:
            self._silence(adapter)
        self._tree.set(f"/org/bluez/{adapter}", ADAPTER, Powered=Variant("b", on))

    def blocked(self, adapter: str) -> None:
        """By rfkill."""
        self._tree.set(f"/org/bluez/{adapter}", ADAPTER, PowerState=Variant("s", "off-blocked"))

    def remembers(self, adapter: str, peripheral: Peripheral) -> None:
        """It was heard long ago; something about what BlueZ remembers of it changes, and it tells all of that anew."""
        self._learn(adapter, peripheral)
        data = {uuid: Variant("ay", value) for uuid, value in peripheral.service_data.items()}
        changes = {"Trusted": Variant("b", True)} | ({"ServiceData": Variant("a{sv}", data)} if data else {})
        self._tree.set(_path(adapter, peripheral.address), DEVICE, **changes)

    def drop(self, peripheral: Peripheral) -> None:
        """The link is lost."""
        peripheral.connected = False
        for path in self._paths(peripheral):
            self._tree.set(path, DEVICE, ServicesResolved=Variant("b", False))
            for below in [other for other in self._tree.tree if other.startswith(f"{path}/")]:
                self._tree.remove(below)
            self._tree.set(path, DEVICE, Connected=Variant("b", False))

    def orphan(self, peripheral: Peripheral, adapter: str = "hci0") -> None:
        """Leave it connected to a program that is gone."""
        self._learn(adapter, peripheral)
        peripheral.connected = True
        self._tree.set(f"{_path(adapter, peripheral.address)}", DEVICE, Connected=Variant("b", True))

    @property
    def _tree(self) -> Objects:
        assert self.objects is not None, "BlueZ is not running"
        return self.objects

    def _paths(self, peripheral: Peripheral) -> list[str]:
        paths = [_path(adapter, peripheral.address) for adapter in self._adapters]
        return [path for path in paths if path in self._tree.tree]

    def _on_set(self, path: str, name: str, value: Any) -> None:
        if name == "Powered":
            adapter = path.rsplit("/", 1)[1]
            self.cures.append(f"{adapter} {'on' if value else 'off'}")
            if not value:
                self._silence(adapter)

    async def _gate(self) -> None:
        if self.frozen:
            await asyncio.Event().wait()

    async def _accept(self, _: Message) -> Reply:
        await self._gate()
        return NOTHING

    async def _start_discovery(self, message: Message) -> Reply:
        await self._gate()
        await behave(self.discovery)
        path = message.path or ""
        if not self._tree.tree[path][ADAPTER]["Powered"].value:
            raise Refused("org.bluez.Error.NotReady", "Resource Not Ready")
        adapter = path.rsplit("/", 1)[1]
        self.listened.add(adapter)
        self._tree.set(path, ADAPTER, Discovering=Variant("b", True))
        if adapter not in self._listening:
            self._listening[adapter] = asyncio.create_task(self._advertise(adapter))
        return NOTHING

    async def _stop_discovery(self, message: Message) -> Reply:
        await self._gate()
        adapter = (message.path or "").rsplit("/", 1)[1]
        if adapter not in self._listening:
            raise Refused("org.bluez.Error.Failed", "No discovery started")
        self._silence(adapter)
        return NOTHING

    async def _remove_device(self, message: Message) -> Reply:
        await self._gate()
        (path,) = message.body
        if path not in self._tree.tree:
            raise Refused("org.bluez.Error.DoesNotExist", "Does Not Exist")
        peripheral = self._peripheral(path)
        peripheral.calls.append("forgotten")
        self.drop(peripheral)
        peripheral.remembered = None
        self._tree.remove(path)
        return NOTHING

    async def _connect(self, message: Message) -> Reply:
        await self._gate()
        peripheral = self._peripheral(message.path or "")
        peripheral.calls.append("Connect")
        self._connecting.add(peripheral)
        self._count_links()
        self.on_connect()
        try:
            if peripheral.connecting:
                await behave(peripheral.connecting.popleft())
            if message.path not in self._tree.tree:
                raise Refused("org.bluez.Error.Failed", "le-connection-abort-by-local")
            self._expose(message.path, peripheral)
            self._count_links()
        finally:
            self._connecting.discard(peripheral)
        return NOTHING

    def _count_links(self) -> None:
        connected = {peripheral for peripheral in self.peripherals.values() if peripheral.connected}
        self.most_at_once = max(self.most_at_once, len(connected | self._connecting))

    async def _disconnect(self, message: Message) -> Reply:
        await self._gate()
        peripheral = self._peripheral(message.path or "")
        peripheral.calls.append("Disconnect")
        await behave(peripheral.disconnecting)
        self.drop(peripheral)
        return NOTHING

    async def _read(self, message: Message) -> Reply:
        await self._gate()
        path = message.path or ""
        uuid = self._tree.tree[path][GATT_CHARACTERISTIC]["UUID"].value
        peripheral = self._peripheral(path.rsplit("/", 2)[0])
        peripheral.reads += 1
        if peripheral.drop_after is not None and peripheral.reads > peripheral.drop_after:
            self.drop(peripheral)
            raise peripheral.drop_error
        await behave(peripheral.reading.get(uuid, 0.0))
        return "ay", [peripheral.values[uuid]]

    def _expose(self, path: str, peripheral: Peripheral) -> None:
        peripheral.connected = True
        self._tree.set(path, DEVICE, Connected=Variant("b", True))
        service = f"{path}/service000a"
        properties = {
            "UUID": Variant("s", peripheral.service),
            "Device": Variant("o", path),
            "Primary": Variant("b", True),
            "Includes": Variant("ao", []),
        }
        self._tree.add(service, {GATT_SERVICE: properties})
        for number, uuid in enumerate(peripheral.characteristics):
            self._tree.add(
                f"{service}/char{11 + 2 * number:04x}", {GATT_CHARACTERISTIC: _characteristic(service, uuid)}
            )
        self._tree.set(path, DEVICE, ServicesResolved=Variant("b", True))

    async def _advertise(self, adapter: str) -> None:
        signal = -60
        while True:
            signal = -61 if signal == -60 else -60
            for peripheral in self.peripherals.values():
                if peripheral.in_air and not peripheral.connected and adapter not in self.deaf:
                    self._hear(adapter, peripheral, signal)
            await asyncio.sleep(_TICK_S)

    def _hear(self, adapter: str, peripheral: Peripheral, signal: int) -> None:
        self._learn(adapter, peripheral)
        data = {uuid: Variant("ay", value) for uuid, value in peripheral.service_data.items()}
        changes = {"RSSI": Variant("n", signal)} | ({"ServiceData": Variant("a{sv}", data)} if data else {})
        self._tree.set(_path(adapter, peripheral.address), DEVICE, **changes)

    def _learn(self, adapter: str, peripheral: Peripheral) -> None:
        if _path(adapter, peripheral.address) in self._tree.tree:
            return
        properties = {
            "Address": Variant("s", peripheral.address),
            "AddressType": Variant("s", "random"),
            "Name": Variant("s", peripheral.name),
            "Alias": Variant("s", peripheral.name),
            "Paired": Variant("b", False),
            "Connected": Variant("b", False),
            "ServicesResolved": Variant("b", False),
            "UUIDs": Variant("as", [peripheral.service]),
            "Adapter": Variant("o", f"/org/bluez/{adapter}"),
        }
        self._tree.add(_path(adapter, peripheral.address), {DEVICE: properties})

    def _silence(self, adapter: str) -> None:
        if (task := self._listening.pop(adapter, None)) is not None:
            task.cancel()
            self._tree.set(f"/org/bluez/{adapter}", ADAPTER, Discovering=Variant("b", False))

    def _peripheral(self, path: str) -> Peripheral:
        return self.peripherals[Address(path.rsplit("/dev_", 1)[1].replace("_", ":"))]


def _path(adapter: str, address: Address) -> str:
    return f"/org/bluez/{adapter}/dev_{address.replace(':', '_')}"


def _characteristic(service: str, uuid: str) -> dict[str, Variant]:
    return {
        "UUID": Variant("s", uuid),
        "Service": Variant("o", service),
        "Value": Variant("ay", b""),
        "Notifying": Variant("b", False),
        "Flags": Variant("as", ["read"]),
        "MTU": Variant("q", 247),
    }
