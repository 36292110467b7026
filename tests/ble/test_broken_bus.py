"""The bus breaks, and dbus-fast leaves errors behind that nobody takes: the log gets a line, never a traceback."""

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from befresh_agent.adapters.bluetooth import bluez_bus
from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio
from befresh_agent.errors import DeviceError
from befresh_agent.runtime import event_loop
from befresh_agent.settings.model import ContainerSettings

from .bluez import Bluez
from .bus import PrivateBus
from .conftest import KIMCHI
from .peripherals import NEVER, Peripheral


@pytest.fixture
async def radio(bluez: Bluez) -> AsyncIterator[BleakRadio]:
    event_loop.log_lost_errors()
    async with BleakRadio(ContainerSettings()) as radio:
        yield radio


async def visit_cut_short(radio: BleakRadio, bus: PrivateBus, kimchi: Peripheral) -> str:
    """What the visit says. In a function of its own: as long as its error is kept, so is all that was left behind."""
    visiting = asyncio.create_task(radio.visit(KIMCHI, find_s=3, limit_s=20))
    while not kimchi.calls:
        await asyncio.sleep(0.01)
    bus.stop()
    with pytest.raises(DeviceError) as raised:
        await visiting
    return str(raised.value)


async def left_behind(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the log says of forgotten errors, once all of them were collected."""
    for _ in range(3):
        await asyncio.sleep(0)
        gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
    return [record.getMessage() for record in caplog.records if "lost a connection" in record.getMessage()]


async def test_in_mid_visit(
    radio: BleakRadio, bus: PrivateBus, bluez: Bluez, kimchi: Peripheral, caplog: pytest.LogCaptureFixture
) -> None:
    kimchi.connecting.append(NEVER)
    assert "connecting: EOFError" in await visit_cut_short(radio, bus, kimchi)
    await bluez.stop()
    assert await left_behind(caplog) == ["dbus_fast lost a connection: Bad file descriptor"]


async def test_while_nothing_is_asked_of_it(bus: PrivateBus, caplog: pytest.LogCaptureFixture) -> None:
    event_loop.log_lost_errors()
    async with bluez_bus._bus() as connection:
        bus.stop()
        while connection.connected:
            await asyncio.sleep(0.01)
        with pytest.raises(EOFError, match="the connection to D-Bus is lost"):
            await bluez_bus._call(connection, "/", "org.freedesktop.DBus.Peer", "Ping")
    del connection
    assert await left_behind(caplog) == []
