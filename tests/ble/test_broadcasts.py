"""Containers that broadcast, on real bleak: heard beside one that is visited, and never connected to."""

import asyncio
from pathlib import Path

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio
from befresh_agent.containers.poller import RadioPace
from befresh_agent.domain.bthome import SERVICE_DATA
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import BroadcastUnreadable, ReadingTaken
from befresh_agent.domain.quantities import Measurement
from befresh_agent.errors import ContainerAbsent
from tests.bthome import KEY, encrypted, plain

from .bluez import Bluez
from .conftest import KIMCHI
from .fridge import Fridge, polling
from .peripherals import Peripheral

PLAIN, SEALED, WRONG = (Address(f"54:48:E6:8F:80:0{number}") for number in range(3))


QUICK = RadioPace(listen_s=0.5)


def broadcaster(address: Address, packet: bytes) -> Peripheral:
    return Peripheral(address, service=SERVICE_DATA, service_data={SERVICE_DATA: packet}, name="thermometer")


def values(fridge: Fridge) -> dict[Address, Measurement]:
    return {told.reading.address: told.reading.values for told in fridge.all(ReadingTaken)}


async def test_plain_and_encrypted_ones_are_heard_beside_one_that_is_visited(
    bluez: Bluez, kimchi: Peripheral, tmp_path: Path
) -> None:
    crowd = [
        broadcaster(PLAIN, plain(4.5, 61)),
        broadcaster(SEALED, encrypted(SEALED, 7, 5.5)),
        broadcaster(WRONG, encrypted(WRONG, 7, key=bytes(16))),
    ]
    bluez.add(*crowd)
    async with polling(tmp_path, KIMCHI, PLAIN, SEALED, WRONG, keys={SEALED: KEY, WRONG: KEY}, pace=QUICK) as fridge:
        await fridge.until(lambda: len(values(fridge)) == 3 and fridge.all(BroadcastUnreadable))

    assert values(fridge)[PLAIN] == Measurement(temperature=4.5, humidity=61)
    assert values(fridge)[SEALED].temperature == 5.5
    assert values(fridge)[KIMCHI].gas == 101700
    assert len(fridge.all(ReadingTaken)) == 3, "the same advertisements, many times a second, are one reading"
    (refused,) = fridge.all(BroadcastUnreadable)
    assert (refused.address, "does not fit" in refused.why) == (WRONG, True)
    assert [one.calls for one in crowd] == [[], [], []]


async def test_what_bluez_only_remembers_was_not_heard(bluez: Bluez, kimchi: Peripheral, radio: BleakRadio) -> None:
    gone = broadcaster(PLAIN, plain(4.5, 61))
    gone.in_air = kimchi.in_air = False
    bluez.add(gone)

    async def remember() -> None:
        while True:
            for peripheral in (gone, kimchi):
                bluez.remembers("hci0", peripheral)
            await asyncio.sleep(0.02)

    remembering = asyncio.create_task(remember())
    try:
        assert await radio.listen(0.5) == ()
        with pytest.raises(ContainerAbsent):
            await radio.visit(KIMCHI, find_s=0.5, limit_s=10)
        assert radio.sightings() == ()
    finally:
        remembering.cancel()
