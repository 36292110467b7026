"""Bluetooth as a whole goes away and comes back while the same process goes on."""

import asyncio
import sys

import pytest

from befresh_agent.adapters.bluetooth import bluez_radio
from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio, RadioLimits
from befresh_agent.domain.quantities import Measurement
from befresh_agent.errors import ContainerAbsent, DeviceError, RadioTransient
from befresh_agent.settings.model import ContainerSettings

from .bluez import Bluez
from .bus import PrivateBus
from .conftest import KIMCHI
from .peripherals import NEVER, Peripheral


async def visit(radio: BleakRadio, limit_s: float = 20.0) -> Measurement:
    return await radio.visit(KIMCHI, find_s=3, limit_s=limit_s)


async def lost(radio: BleakRadio, limit_s: float = 20.0) -> DeviceError:
    """The radio as a whole is missing, which is not the container's fault."""
    with pytest.raises(DeviceError) as raised:
        await visit(radio, limit_s)
    assert not isinstance(raised.value, ContainerAbsent | RadioTransient), raised.value
    return raised.value


async def test_bluetoothd_dies_and_comes_back(radio: BleakRadio, bluez: Bluez, kimchi: Peripheral) -> None:
    good = await visit(radio)
    await bluez.stop()
    await lost(radio)
    await bluez.start()

    assert await visit(radio) == good


async def test_bluetoothd_dies_in_mid_visit(radio: BleakRadio, bluez: Bluez, kimchi: Peripheral) -> None:
    kimchi.reading = dict.fromkeys(kimchi.values, 0.1)
    visiting = asyncio.create_task(visit(radio))
    while not kimchi.reads:
        await asyncio.sleep(0.01)
    await bluez.stop()

    with pytest.raises(DeviceError):
        await visiting

    await bluez.start()
    assert (await visit(radio)).humidity == 37


async def test_the_bus_is_restarted(radio: BleakRadio, bus: PrivateBus, bluez: Bluez, kimchi: Peripheral) -> None:
    good = await visit(radio)
    await bluez.stop()
    bus.stop()
    assert "bluetoothctl show" in str(await lost(radio))
    bus.start()
    await bluez.start()

    assert await visit(radio) == good


async def test_the_bus_goes_away_in_mid_visit(
    radio: BleakRadio, bus: PrivateBus, bluez: Bluez, kimchi: Peripheral
) -> None:
    kimchi.connecting.append(NEVER)
    visiting = asyncio.create_task(visit(radio))
    while not kimchi.calls:
        await asyncio.sleep(0.01)
    bus.stop()

    with pytest.raises(DeviceError):
        await visiting

    await bluez.stop()
    bus.start()
    await bluez.start()
    assert (await visit(radio)).humidity == 37


async def test_the_adapter_is_unplugged_and_plugged_in_again(
    radio: BleakRadio, bluez: Bluez, kimchi: Peripheral
) -> None:
    good = await visit(radio)
    bluez.unplug("hci0")
    await asyncio.sleep(0.05)
    await lost(radio)
    bluez.plug("hci0")
    await asyncio.sleep(0.05)

    assert await visit(radio) == good


async def test_a_bluetoothd_that_never_answers(bluez: Bluez, kimchi: Peripheral) -> None:
    radio = BleakRadio(ContainerSettings(), limits=RadioLimits(answer_s=0.3))
    good = await visit(radio)
    bluez.frozen = True
    assert "took too long" in str(await lost(radio))
    bluez.frozen = False
    await bluez.stop()
    await bluez.start()

    assert await visit(radio) == good


async def test_a_bluetoothd_that_stops_answering_in_mid_visit(
    radio: BleakRadio, bluez: Bluez, kimchi: Peripheral
) -> None:
    good = await visit(radio)
    kimchi.connecting.append(NEVER)
    visiting = asyncio.create_task(visit(radio, limit_s=1.5))
    while kimchi.calls.count("Connect") < 2:
        await asyncio.sleep(0.01)
    bluez.frozen = True
    with pytest.raises(DeviceError, match="BlueZ does not answer"):
        await visiting
    bluez.frozen = False
    await bluez.stop()
    await bluez.start()

    assert await visit(radio) == good


async def test_there_is_no_bus_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/bus")
    async with BleakRadio(ContainerSettings()) as radio:
        await lost(radio)


async def test_without_bleak_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, bluez_radio.__name__)
    monkeypatch.setitem(sys.modules, "bleak", None)
    async with BleakRadio(ContainerSettings()) as radio:
        assert radio.sightings() == ()
        assert "[ble]'" in str(await lost(radio))
