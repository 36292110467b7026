"""Containers that are not the built-in one, read as the settings describe them."""

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio
from befresh_agent.domain.bthome import SERVICE_DATA
from befresh_agent.domain.layouts import ContainerKind
from befresh_agent.domain.quantities import Measurement
from befresh_agent.settings.model import ContainerSettings
from tests.bthome import plain

from .bluez import Bluez
from .conftest import KIMCHI
from .peripherals import Peripheral

LINES = ("2a6e temperature i16 0.01", "2a6f humidity u16 0.01")


@pytest.fixture
def cool_box(bluez: Bluez) -> Peripheral:
    values = {
        "00002a6e-0000-1000-8000-00805f9b34fb": b"\xc2\x01",
        "00002a6f-0000-1000-8000-00805f9b34fb": b"\xd4\x17",
    }
    service = "0000181a-0000-1000-8000-00805f9b34fb"
    box = Peripheral(KIMCHI, values=values, service=service, name="CoolBox-17")
    bluez.add(box)
    return box


@pytest.mark.parametrize("device", ["CoolBox-", KIMCHI])
async def test_a_described_container_is_read(device: str, cool_box: Peripheral) -> None:
    async with BleakRadio(ContainerSettings(layouts={device: LINES})) as radio:
        measurement = await radio.visit(KIMCHI, find_s=5, limit_s=30)
        (sighting,) = radio.sightings()

    assert measurement == Measurement(temperature=4.5, humidity=61)
    assert sighting.kind is ContainerKind.DESCRIBED
    assert not cool_box.connected


async def test_one_that_is_described_is_visited_even_when_it_broadcasts(cool_box: Peripheral) -> None:
    cool_box.service_data = {SERVICE_DATA: plain(20.0)}

    async with BleakRadio(ContainerSettings(layouts={"CoolBox-": LINES})) as radio:
        assert (await radio.visit(KIMCHI, find_s=5, limit_s=30)).temperature == 4.5
