"""The few things asked of BlueZ that bleak has no words for, each on a D-Bus connection of its own."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from bleak.exc import BleakDBusError
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from befresh_agent.domain.container import Address

_BLUEZ = "org.bluez"
_PROPERTIES = "org.freedesktop.DBus.Properties"
_SETTLE_S = 1.0
_UNKNOWN = frozenset(
    {
        "org.freedesktop.DBus.Error.UnknownObject",
        "org.freedesktop.DBus.Error.UnknownMethod",
        "org.bluez.Error.DoesNotExist",
    }
)


def _device_path(adapter: str, address: Address) -> str:
    return f"/org/bluez/{adapter}/dev_{address.replace(':', '_')}"


async def adapters() -> dict[str, bool]:
    """Every adapter there is, such as `hci0`, and whether it is switched on."""
    async with _bus() as bus:
        (objects,) = await _call(bus, "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        return {
            path.rpartition("/")[2]: bool(interfaces["org.bluez.Adapter1"]["Powered"].value)
            for path, interfaces in sorted(objects.items())
            if "org.bluez.Adapter1" in interfaces
        }


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


async def power_cycle(adapter: str) -> None:
    """Switch an adapter off and on."""
    async with _bus() as bus:
        for on in (False, True):
            body = ("org.bluez.Adapter1", "Powered", Variant("b", on))
            await _call(bus, f"/org/bluez/{adapter}", _PROPERTIES, "Set", "ssv", *body)
            await asyncio.sleep(_SETTLE_S)


async def restart_service() -> None:
    """Restart bluetoothd; needs the permission to manage that unit (polkit)."""
    async with _bus() as bus:
        manager = "/org/freedesktop/systemd1", "org.freedesktop.systemd1.Manager"
        unit = "bluetooth.service", "replace"
        await _call(bus, *manager, "RestartUnit", "ss", *unit, service="org.freedesktop.systemd1")
        await asyncio.sleep(_SETTLE_S)


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
