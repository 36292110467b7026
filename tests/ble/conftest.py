"""Laboratory A: real bleak and a real D-Bus; only bluetoothd and the radio behind it are played."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio, RadioLimits
from befresh_agent.domain.container import Address
from befresh_agent.settings.model import ContainerSettings

from .bluez import Bluez
from .bus import PrivateBus
from .peripherals import Peripheral

KIMCHI = Address("FB:89:EB:22:95:84")


@pytest.fixture
def bus(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PrivateBus]:
    bus = PrivateBus(home)
    bus.start()
    monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
    yield bus
    bus.stop()


@pytest.fixture
async def bluez(bus: PrivateBus) -> AsyncIterator[Bluez]:
    bluez = Bluez(bus.address)
    await bluez.start()
    yield bluez
    await bluez.stop()


@pytest.fixture
def kimchi(bluez: Bluez) -> Peripheral:
    peripheral = Peripheral(KIMCHI)
    bluez.add(peripheral)
    return peripheral


@pytest.fixture
def limits() -> RadioLimits:
    """Patient: on a busy machine every answer is late. Tests of a limit, or of what comes behind one, set their own."""
    return RadioLimits(read_s=30, answer_s=30, scanner_s=60)


@pytest.fixture
async def radio(bluez: Bluez, limits: RadioLimits) -> AsyncIterator[BleakRadio]:
    async with BleakRadio(ContainerSettings(), limits=limits) as radio:
        yield radio
