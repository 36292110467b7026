from itertools import pairwise

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import (
    BroadcastUnreadable,
    ContainerFound,
    ContainerLost,
    ReadingTaken,
    VisitFailed,
)
from befresh_agent.domain.events import DeviceChanged, DeviceState
from befresh_agent.domain.quantities import Measurement
from befresh_agent.simulation.simulated_radio import RadioFault
from befresh_agent.storage.visit_log import VisitLog
from tests.bthome import KEY, encrypted, plain

from .conftest import Kitchen, Play, fleet

MINUTE = 60.0
SHELLY = Address("54:48:E6:8F:80:A5")


async def put(kitchen: Kitchen, packet: bytes, address: Address = SHELLY) -> None:
    kitchen.radio.add_broadcaster(address, lambda: packet)
    await kitchen.roster.add(address)


def readings_of(kitchen: Kitchen, address: Address = SHELLY) -> list[Measurement]:
    return [told.reading.values for told in kitchen.all(ReadingTaken) if told.reading.address == address]


def test_what_is_broadcast_is_a_reading_on_disk(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await put(kitchen, plain(4.5, 61))
        async with kitchen.polling():
            await kitchen.clock.sleep(MINUTE)

        (told,) = kitchen.all(ReadingTaken)
        assert told.reading.values == Measurement(temperature=4.5, humidity=61)
        (entry,) = await kitchen.roster.list()
        assert entry.last == told.reading
        assert entry.broadcasts
        (health,) = kitchen.poller.snapshot()
        assert (health.broadcasts, health.absent, health.attempts, health.trouble) == (True, False, 0, None)
        assert (health.signal_dbm or 0) < 0

    play(story)


@pytest.mark.slow
@pytest.mark.unmeasured  # which makes it four times as slow; others go through the same lines
def test_a_flood_brings_one_reading_a_period(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(12))
        said = iter(range(10**9))
        kitchen.radio.add_broadcaster(SHELLY, lambda: plain(packet_id=next(said)))
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(10 * 60 * MINUTE)

        assert next(said) > 500, "it was heard all the time"
        times = [told.reading.taken_at for told in kitchen.all(ReadingTaken) if told.reading.address == SHELLY]
        gaps = [(after - before).total_seconds() for before, after in pairwise(times)]
        assert len(times) == pytest.approx(60, abs=2)
        assert min(gaps) >= 0.79 * 600
        assert max(gaps) <= 1.2 * 600

    play(story)


def test_two_radios_that_hear_it_at_once_bring_one_reading(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(12))
        other = kitchen.second_radio()
        for radio in (kitchen.radio, other):
            radio.add_broadcaster(SHELLY, plain)
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(60 * MINUTE)

        assert len(readings_of(kitchen)) == pytest.approx(6, abs=1)

    play(story)


@pytest.mark.slow
def test_no_visit_is_spent_on_who_broadcasts_and_one_radio_hears_hundreds(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        crowd = [Address(f"02:00:00:00:{n // 256 + 1:02X}:{n % 256:02X}") for n in range(300)]
        for number, address in enumerate(crowd):
            await put(kitchen, plain(humidity=number % 100), address)
        await kitchen.join(*fleet(5))
        async with kitchen.polling():
            await kitchen.clock.sleep(90 * MINUTE)
            kitchen.told.clear()
            await kitchen.clock.sleep(60 * MINUTE)

        for address in (*crowd, *fleet(5)):
            assert 5 <= len(readings_of(kitchen, address)) <= 7, address
        costs = {history.address: history.attempts for history in await VisitLog(kitchen.database).all()}
        assert sum(costs[address] for address in crowd) == 0

    play(story)


def test_an_encrypted_container_is_read_with_its_key(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.keys[SHELLY] = KEY
        counter = iter(range(10**9))
        kitchen.radio.add_broadcaster(SHELLY, lambda: encrypted(SHELLY, next(counter)))
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(25 * MINUTE)

        assert readings_of(kitchen) == [Measurement(temperature=4.5, humidity=61)] * 3
        assert not kitchen.all(BroadcastUnreadable)

    play(story)


def test_an_old_packet_is_refused_after_a_restart_too(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.keys[SHELLY] = KEY
        await put(kitchen, encrypted(SHELLY, 1000, 4.5))
        async with kitchen.polling():
            await kitchen.clock.sleep(MINUTE)
        kitchen.poller = kitchen.new_poller()
        await put(kitchen, encrypted(SHELLY, 999, 30.0))
        async with kitchen.polling():
            await kitchen.clock.sleep(60 * MINUTE)
            assert readings_of(kitchen) == [Measurement(temperature=4.5, humidity=61)]
            (told,) = kitchen.all(BroadcastUnreadable)
            assert "counter went back" in told.why

            await kitchen.roster.remove(SHELLY)
            await kitchen.roster.add(SHELLY)
            await kitchen.clock.sleep(MINUTE)
            assert readings_of(kitchen)[-1].temperature == 30, "put on the roster anew, its counter begins anew"

    play(story)


@pytest.mark.parametrize(
    ("packet", "why"),
    [
        (encrypted(SHELLY, 7), "has no key"),
        (b"", "empty"),
        (b"\x41\x00", "too short"),
        (b"\x20\x02\xca\x09", "version 1"),
        (b"\x40\x99\x01", "object 0x99 is unknown"),
        (b"\x40\x02\xff\x7f", "is not within"),
    ],
    ids=["encrypted", "empty", "short", "version 1", "unknown", "impossible"],
)
def test_what_cannot_be_understood_is_told_once_and_visible(play: Play, packet: bytes, why: str) -> None:
    async def story(kitchen: Kitchen) -> None:
        await put(kitchen, packet)
        await kitchen.join(*fleet(2))
        async with kitchen.polling():
            await kitchen.clock.sleep(60 * MINUTE)

        (told,) = kitchen.all(BroadcastUnreadable)
        assert why in told.why
        health = next(one for one in kitchen.poller.snapshot() if one.address == SHELLY)
        assert why in (health.trouble or "")
        assert not health.absent
        assert not readings_of(kitchen)
        assert len(readings_of(kitchen, fleet(2)[0])) >= 5

    play(story)


@pytest.mark.parametrize("packet", [plain(), encrypted(SHELLY, 7, key=bytes(16))], ids=["plain", "another key"])
def test_with_a_key_nothing_else_is_believed(play: Play, packet: bytes) -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.keys[SHELLY] = KEY
        await put(kitchen, packet)
        async with kitchen.polling():
            await kitchen.clock.sleep(60 * MINUTE)

        assert len(kitchen.all(BroadcastUnreadable)) == 1
        assert not kitchen.all(ReadingTaken)

    play(story)


@pytest.mark.slow
def test_one_that_goes_away_is_told_once_and_found_again(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await put(kitchen, plain())
        async with kitchen.polling():
            await kitchen.clock.sleep(15 * MINUTE)
            kitchen.radio.away(SHELLY)
            await kitchen.clock.sleep(10 * 60 * MINUTE)
            assert kitchen.all(ContainerLost) == [ContainerLost(SHELLY)]
            assert kitchen.poller.snapshot()[0].absent
            kitchen.told.clear()
            kitchen.radio.back(SHELLY)
            await kitchen.clock.sleep(11 * MINUTE)

        assert kitchen.all(ContainerFound) == [ContainerFound(SHELLY)]
        assert len(readings_of(kitchen)) >= 1

    play(story)


def test_a_broken_radio_is_not_its_fault(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await put(kitchen, plain())
        async with kitchen.polling():
            await kitchen.clock.sleep(15 * MINUTE)
            kitchen.radio.fault = RadioFault.GONE
            await kitchen.clock.sleep(60 * MINUTE)
            assert not kitchen.all(ContainerLost)
            assert kitchen.all(DeviceChanged)[-1].state is DeviceState.LOST
            kitchen.radio.fault = None
            await kitchen.clock.sleep(5 * MINUTE)

        assert kitchen.all(DeviceChanged)[-1].state is DeviceState.READY

    play(story)


def test_one_that_was_read_by_visits_cannot_be_talked_for(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        (kimchi,) = fleet(1)
        await kitchen.join(kimchi)
        async with kitchen.polling():
            await kitchen.clock.sleep(2 * MINUTE)
            kitchen.radio.add_broadcaster(kimchi, lambda: plain(80.0))
            await kitchen.clock.sleep(15 * MINUTE)

        assert 80.0 not in [values.temperature for values in readings_of(kitchen, kimchi)]
        assert kitchen.all(VisitFailed), "it is visible that something is wrong"

    play(story)
