"""BlueZ over D-Bus as far as the radio needs it, and its errors in words: which can be tried again, and what to do."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from bleak.exc import BleakDBusError
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from befresh_agent.domain.container import Address
from befresh_agent.domain.radio_recovery import BluetoothAdapter
from befresh_agent.errors import DeviceError

_BLUEZ = "org.bluez"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_UNKNOWN = frozenset(
    {
        "org.freedesktop.DBus.Error.UnknownObject",
        "org.freedesktop.DBus.Error.UnknownMethod",
        "org.bluez.Error.DoesNotExist",
    }
)


def _device_path(adapter: str, address: Address) -> str:
    return f"/org/bluez/{adapter}/dev_{address.replace(':', '_')}"


async def adapters() -> list[BluetoothAdapter]:
    """Every adapter there is."""
    async with _bus() as bus:
        (objects,) = await _call(bus, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        return [
            _adapter(path.rpartition("/")[2], interfaces["org.bluez.Adapter1"])
            for path, interfaces in sorted(objects.items())
            if "org.bluez.Adapter1" in interfaces
        ]


def _adapter(name: str, properties: dict[str, Variant]) -> BluetoothAdapter:
    def value(key: str) -> Any:
        return properties[key].value if key in properties else None

    blocked = value("PowerState") == "off-blocked"  # since BlueZ 5.65
    return BluetoothAdapter(name, str(value("Address") or ""), bool(value("Powered")), blocked)


async def release(adapter: str, address: Address) -> bool:
    """Close a link that a killed program has left open; while it is open the container cannot be heard.

    Whether there was one.
    """
    device = _device_path(adapter, address)
    async with _bus() as bus:
        try:
            connected = await _call(bus, device, _PROPERTIES, "Get", "ss", "org.bluez.Device1", "Connected")
            if not connected[0].value:
                return False
            await _call(bus, device, "org.bluez.Device1", "Disconnect")
        except BleakDBusError as error:
            if error.dbus_error in _UNKNOWN:
                return False
            raise
    return True


async def forget(adapter: str, address: Address) -> None:
    """Let BlueZ forget the device with all it remembers of its services."""
    async with _bus() as bus:
        try:
            path = _device_path(adapter, address)
            await _call(bus, f"/org/bluez/{adapter}", "org.bluez.Adapter1", "RemoveDevice", "o", path)
        except BleakDBusError as error:
            if error.dbus_error not in _UNKNOWN:
                raise


async def power_cycle(adapter: str, settle_s: float) -> None:
    """Switch an adapter off and on, and wait after each."""
    async with _bus() as bus:
        for on in (False, True):
            body = ("org.bluez.Adapter1", "Powered", Variant("b", on))
            await _call(bus, f"/org/bluez/{adapter}", _PROPERTIES, "Set", "ssv", *body)
            await asyncio.sleep(settle_s)


async def restart_service(settle_s: float, unit: str = "bluetooth.service") -> None:
    """Restart bluetoothd and wait a little; needs the permission to manage that unit (polkit)."""
    async with _bus() as bus:
        manager = "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
        await _call(bus, *manager, "RestartUnit", "ss", unit, "replace", service="org.freedesktop.systemd1")
        await asyncio.sleep(settle_s)


async def reload_driver(settle_s: float) -> None:
    """Take the adapter's driver away and bring it back, by the service that may (see systemd/)."""
    await restart_service(settle_s, "befresh-agent-radio.service")


async def restart_machine() -> None:
    """Raises `DeviceError` where it is not allowed."""
    async with _bus() as bus:
        manager = "/org/freedesktop/login1", "org.freedesktop.login1.Manager"
        try:
            await _call(bus, *manager, "Reboot", "b", False, service="org.freedesktop.login1")
        except (BleakDBusError, OSError, EOFError) as error:
            raise DeviceError(f"the machine cannot be restarted: {error}", remedy="restart it by hand") from error


@contextlib.asynccontextmanager
async def _bus() -> AsyncIterator[MessageBus]:
    bus = MessageBus(bus_type=BusType.SYSTEM)
    try:
        yield await bus.connect()
    finally:
        broken = bus.unique_name is not None and not bus.connected
        # Needed even where connecting failed: the constructor has opened the socket already.
        bus.disconnect()
        if broken:
            with contextlib.suppress(EOFError, OSError):  # whoever called knows; left there it would be told once more
                await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]


async def _call(
    bus: MessageBus,
    path: str,
    interface: str,
    member: str,
    signature: str = "",
    *body: Any,
    service: str = _BLUEZ,
) -> list[Any]:
    message = Message(
        destination=service, path=path, interface=interface, member=member, signature=signature, body=list(body)
    )
    if not bus.connected:
        raise EOFError("the connection to D-Bus is lost")  # dbus-fast would wait for the answer for ever
    reply = await bus.call(message)
    if reply is None or reply.message_type is MessageType.ERROR:
        raise BleakDBusError((reply and reply.error_name) or "", reply.body if reply else [])
    return reply.body
