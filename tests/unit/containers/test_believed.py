"""What is kept and sent of what containers say: the fresh and the plausible."""

import json
from collections.abc import Iterator
from itertools import count
from random import Random

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import BroadcastUnreadable, ReadingDoubted, ReadingTaken
from befresh_agent.domain.quantities import Measurement
from befresh_agent.simulation.simulated_radio import SimulatedRadio
from tests.bthome import KEY, encrypted, plain

from .conftest import Kitchen, Play, fleet

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]  # measuring takes four times as long; others go the same ways

MINUTE, HOUR = 60.0, 3600.0
SHELLY = Address("54:48:E6:8F:80:A5")
(KIMCHI,) = fleet(1)


def readings_of(kitchen: Kitchen, address: Address = SHELLY) -> list[Measurement]:
    return [told.reading.values for told in kitchen.all(ReadingTaken) if told.reading.address == address]


def trouble(kitchen: Kitchen, address: Address) -> str:
    return next((one.trouble or "" for one in kitchen.poller.snapshot() if one.address == address), "")


def counting(kitchen: Kitchen, counter: Iterator[int]) -> None:
    kitchen.keys[SHELLY] = KEY
    kitchen.radio.add_broadcaster(SHELLY, lambda: encrypted(SHELLY, next(counter)))


@pytest.mark.parametrize(("before", "after"), [(154_500, 148), (65_530, 0), (40, 0)])
def test_a_container_with_a_new_battery_is_read_again(play: Play, before: int, after: int) -> None:
    async def story(kitchen: Kitchen) -> None:
        counting(kitchen, count(before))
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(HOUR)
            counting(kitchen, count(after))
            kitchen.told.clear()
            await kitchen.clock.sleep(2 * HOUR)
            assert len(readings_of(kitchen)) >= 5
            assert trouble(kitchen, SHELLY) == ""

    play(story)


def test_a_new_battery_is_told_by_hand_and_read_at_once(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        counting(kitchen, count(154_500))
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(HOUR)
            counting(kitchen, count(148))
            await kitchen.clock.sleep(11 * MINUTE)
            assert "began anew" in trouble(kitchen, SHELLY)
            kitchen.told.clear()
            assert await kitchen.roster.renew(SHELLY)
            await kitchen.clock.sleep(11 * MINUTE)
            assert readings_of(kitchen)
        assert not await kitchen.roster.renew(KIMCHI), "it is not on the roster"

    play(story)


def test_what_was_counted_before_the_new_battery_stays_old_after_a_restart(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        counting(kitchen, count(154_500))
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(HOUR)
            counting(kitchen, count(148))
            await kitchen.clock.sleep(2 * HOUR)
        kitchen.poller = kitchen.new_poller()
        kitchen.told.clear()
        kitchen.radio.add_broadcaster(SHELLY, lambda: encrypted(SHELLY, 154_400, 30.0))
        async with kitchen.polling():
            await kitchen.clock.sleep(6 * HOUR)
        assert readings_of(kitchen) == []
        assert kitchen.all(BroadcastUnreadable)

    play(story)


@pytest.mark.parametrize("sealed", [True, False])
def test_two_packets_on_one_counter_are_two_packets_and_each_counts_once(play: Play, sealed: bool) -> None:
    async def story(kitchen: Kitchen) -> None:
        warm, damp = b"\x02\xc2\x01", b"\x2e\x3d"
        if sealed:
            kitchen.keys[SHELLY] = KEY

        def packets(number: int) -> list[bytes]:
            if sealed:
                return [encrypted(SHELLY, number, objects=one) for one in (warm, damp)]
            return [b"\x40\x00" + bytes([number % 256]) + one for one in (warm, damp)]

        turn, number = count(), 7

        def say() -> bytes:
            return packets(number)[next(turn) % 2]

        kitchen.radio.add_broadcaster(SHELLY, say)
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(6 * HOUR)
            said = readings_of(kitchen)
            assert sorted(said, key=str) == sorted([Measurement(temperature=4.5), Measurement(humidity=61)], key=str)
            number = 8
            await kitchen.clock.sleep(HOUR)
            assert len(readings_of(kitchen)) > 2

    play(story)


@pytest.mark.parametrize("seed", range(4))
def test_a_device_that_broadcasts_noise_is_not_believed_when_a_packet_looks_right(play: Play, seed: int) -> None:
    async def story(kitchen: Kitchen) -> None:
        chance = Random(seed)
        kitchen.radio.add_broadcaster(SHELLY, lambda: b"\x40" + chance.randbytes(chance.randint(0, 20)))
        await kitchen.roster.add(SHELLY)
        await kitchen.join(*fleet(3))
        async with kitchen.polling():
            await kitchen.clock.sleep(72 * HOUR)
            believed = [said for said in readings_of(kitchen) if said != Measurement()]
            assert len(believed) <= 1, "the first packet may look right"
            assert trouble(kitchen, SHELLY)
        assert len(readings_of(kitchen, KIMCHI)) > 400

    play(story)


def test_one_bad_packet_among_good_ones_costs_nothing(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        said = count()

        def say() -> bytes:
            number = next(said)
            return b"\x40\x99\x01" if number % 3 == 0 else plain(4.5 + number % 5 / 10, packet_id=number)

        kitchen.radio.add_broadcaster(SHELLY, say)
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(12 * HOUR)
        assert len(readings_of(kitchen)) > 45, "two of three turns of listening hear a good one"

    play(story)


class FreshBoard(SimulatedRadio):
    """Containers say zeros at first."""

    zeros = 1

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        said = await super().visit(address, find_s=find_s, limit_s=limit_s)
        self.zeros -= 1
        return said if self.zeros < 0 else Measurement(0.0, 0, None, 0, 0, 0)


@pytest.mark.parametrize("zeros", [1, 2, 3])
def test_a_board_that_has_just_been_switched_on_is_asked_again_at_once(play: Play, zeros: int) -> None:
    async def story(kitchen: Kitchen) -> None:
        radio = FreshBoard({}, kitchen.clock, seed=1)
        radio.zeros = zeros
        kitchen.radio, kitchen.radios = radio, {"radio": radio}
        kitchen.poller = kitchen.new_poller()
        await kitchen.join(KIMCHI)
        async with kitchen.polling():
            await kitchen.clock.sleep(5 * MINUTE)
            said = readings_of(kitchen, KIMCHI)
            assert said[:zeros] == [Measurement()] * zeros
            assert (said[zeros].temperature, said[zeros].gas) != (None, None)
            await kitchen.clock.sleep(30 * MINUTE)
            assert trouble(kitchen, KIMCHI) == ""
        assert len(readings_of(kitchen, KIMCHI)) <= zeros + 5

    play(story)


def test_sensors_that_never_start_are_named_and_not_asked_all_the_time(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        radio = FreshBoard({}, kitchen.clock, seed=1)
        radio.zeros = 10**6
        kitchen.radio, kitchen.radios = radio, {"radio": radio}
        kitchen.poller = kitchen.new_poller()
        await kitchen.join(*fleet(2))
        async with kitchen.polling():
            await kitchen.clock.sleep(10 * HOUR)
            assert set(readings_of(kitchen, KIMCHI)) == {Measurement()}
            assert len(readings_of(kitchen, KIMCHI)) < 70
            assert "zeros" in trouble(kitchen, KIMCHI)
        assert len([told for told in kitchen.all(ReadingDoubted) if told.address == KIMCHI]) == 1

    play(story)


def test_who_says_the_same_for_days_is_named_over_a_restart_and_not_sent(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        kitchen.radio.add_broadcaster(SHELLY, lambda: plain(4.21, 61))
        await kitchen.roster.add(SHELLY)
        async with kitchen.polling():
            await kitchen.clock.sleep(30 * HOUR)
        kitchen.poller = kitchen.new_poller()
        async with kitchen.polling():
            await kitchen.clock.sleep(50 * HOUR)
            assert "the same for 3 days" in trouble(kitchen, SHELLY)
        await kitchen.store.batch()
        (entry,) = await kitchen.store.entries()
        samples = json.loads(entry.message.body)["data"][SHELLY]
        assert samples[0]["data"]["temperature"] == 4.21
        assert samples[-1]["data"]["temperature"] is None
        assert samples[-1]["data"]["humidity"] is None

    play(story)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '{"trails": {"temperature": {"same_s": "long", "said": []}}}',
        '{"trails": {"sweetness": {}}}',
        '{"last": {"gas": "much"}, "warm_s": null}',
        '{"later": 1, "warm_s": 5}',
    ],
)
def test_what_was_remembered_may_be_garbled_on_disk(play: Play, text: str) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(2))
        await kitchen.database.run(lambda c: c.execute("UPDATE containers SET beliefs = ?", (text,)))
        async with kitchen.polling():
            await kitchen.clock.sleep(HOUR)
        assert {told.reading.address for told in kitchen.all(ReadingTaken)} == set(fleet(2))
        assert all(told.reading.values.temperature is not None for told in kitchen.all(ReadingTaken))

    play(story)
