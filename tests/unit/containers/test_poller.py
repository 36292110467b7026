from datetime import timedelta

import pytest

from befresh_agent.domain.container_events import ContainerFound, ContainerLost, ReadingTaken, VisitFailed
from befresh_agent.domain.events import DeviceChanged, DeviceState, NotKept
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.store import OutboxStore

from .conftest import Kitchen, Play, fleet

MINUTE = 60.0


def test_every_container_is_read_about_every_ten_minutes(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(4))
        async with kitchen.polling():
            await kitchen.clock.sleep(120 * MINUTE)

        for address in fleet(4):
            taken = [e.reading.taken_at for e in kitchen.all(ReadingTaken) if e.reading.address == address]
            assert len(taken) == pytest.approx(12, abs=1)

    play(story)


def test_readings_are_on_disk_before_they_are_told(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(1))
        async with kitchen.polling():
            while not kitchen.all(ReadingTaken):
                await kitchen.clock.sleep(1)

        (told,) = kitchen.all(ReadingTaken)
        (entry,) = await kitchen.roster.list()
        assert entry.last == told.reading
        store = OutboxStore(
            kitchen.database, fridge_id=17, topics=KafkaSettings(), clock=kitchen.clock, events=kitchen.events
        )
        assert await store.batch() == 1

    play(story)


def test_a_container_that_joins_while_the_radio_rests_is_read_soon(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        first, second = fleet(2)
        await kitchen.join(first)
        async with kitchen.polling():
            await kitchen.clock.sleep(3 * MINUTE)
            await kitchen.join(second)
            await kitchen.clock.sleep(MINUTE)

        assert kitchen.all(ReadingTaken)[-1].reading.address == second

    play(story)


def test_a_container_taken_off_the_roster_is_left_alone(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        first, second = fleet(2)
        await kitchen.join(first, second)
        async with kitchen.polling():
            await kitchen.clock.sleep(MINUTE)
            await kitchen.roster.remove(first)
            await kitchen.clock.sleep(10)
            kitchen.told.clear()
            await kitchen.clock.sleep(60 * MINUTE)

        assert {e.reading.address for e in kitchen.all(ReadingTaken)} == {second}
        assert [health.address for health in kitchen.poller.snapshot()] == [second]

    play(story)


def test_a_container_that_goes_away_is_told_once_and_found_again(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(3))
        lost = fleet(3)[0]
        async with kitchen.polling():
            await kitchen.clock.sleep(15 * MINUTE)
            kitchen.radio.away(lost)
            await kitchen.clock.sleep(180 * MINUTE)
            assert kitchen.all(ContainerLost) == [ContainerLost(lost)]
            assert kitchen.poller.snapshot()[0].absent
            failures = len(kitchen.all(VisitFailed))
            kitchen.radio.back(lost)
            await kitchen.clock.sleep(12 * MINUTE)

        assert kitchen.all(ContainerFound) == [ContainerFound(lost)]
        assert len(kitchen.all(VisitFailed)) == failures
        assert not kitchen.poller.snapshot()[0].absent

    play(story)


def test_a_lost_radio_is_told_once_and_tried_until_it_is_back(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(2))
        kitchen.broken = True
        async with kitchen.polling():
            await kitchen.clock.sleep(300 * MINUTE)
            assert [e.state for e in kitchen.all(DeviceChanged)] == [DeviceState.LOST]
            assert not kitchen.all(ContainerLost), "a dead radio is not the containers' fault"
            kitchen.broken = False
            await kitchen.clock.sleep(3 * MINUTE)

        assert [e.state for e in kitchen.all(DeviceChanged)] == [DeviceState.LOST, DeviceState.READY]
        assert {e.reading.address for e in kitchen.all(ReadingTaken)} == set(fleet(2))

    play(story)


def test_a_full_disk_is_told_once_and_ends_nothing(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(2))
        kitchen.disk.full = True
        async with kitchen.polling():
            await kitchen.clock.sleep(60 * MINUTE)
            assert kitchen.all(NotKept) == [NotKept("readings", "the disk is full")]
            assert not kitchen.all(ReadingTaken)
            kitchen.disk.full = False
            await kitchen.clock.sleep(11 * MINUTE)

        assert {e.reading.address for e in kitchen.all(ReadingTaken)} == set(fleet(2))

    play(story)


def test_a_visit_whose_reading_was_not_kept_does_not_count(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(1))
        kitchen.disk.full = True
        async with kitchen.polling():
            await kitchen.clock.sleep(MINUTE)
            kitchen.disk.full = False
            await kitchen.clock.sleep(3 * MINUTE)

        (told,) = kitchen.all(ReadingTaken)
        assert told.reading.taken_at > kitchen.began + timedelta(minutes=1), "still due, so it was read again at once"
        assert kitchen.poller.snapshot()[0].visits == 1

    play(story)


def test_while_nothing_can_be_kept_containers_are_spared(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(20))
        kitchen.disk.full = True
        async with kitchen.polling():
            await kitchen.clock.sleep(10 * 60 * MINUTE)

        assert kitchen.disk.refused < 10 * 60 / 2, "a visit costs the container's battery"
        assert not kitchen.all(ContainerLost), "a full disk is not the containers' fault"

    play(story)


def test_a_reading_tells_whether_the_clock_was_right(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(1))
        kitchen.clock_synced = False
        async with kitchen.polling():
            await kitchen.clock.sleep(5 * MINUTE)
            kitchen.clock_synced = True
            await kitchen.clock.sleep(10 * MINUTE)

        assert [told.reading.clock_synced for told in kitchen.all(ReadingTaken)] == [False, True]

    play(story)


def test_a_restart_goes_on_where_the_last_run_ended(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(2))
        async with kitchen.polling():
            await kitchen.clock.sleep(2 * MINUTE)
        kitchen.told.clear()
        kitchen.poller = kitchen.new_poller()

        async with kitchen.polling():
            await kitchen.clock.sleep(MINUTE)

        assert not kitchen.all(ReadingTaken), "both were read a moment ago"
        assert all(health.last for health in kitchen.poller.snapshot())

    play(story)


def test_a_crash_in_mid_visit_leaves_nobody_behind(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(*fleet(1))
        async with kitchen.polling():
            await kitchen.clock.sleep(0.5)
        async with kitchen.polling():
            await kitchen.clock.sleep(MINUTE)

        assert len(kitchen.all(ReadingTaken)) == 1

    play(story)


def test_the_snapshot_tells_how_visits_went(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        good, missing = fleet(2)
        await kitchen.join(good, missing)
        kitchen.radio.away(missing)
        async with kitchen.polling():
            await kitchen.clock.sleep(55 * MINUTE)

        first, second = (health.to_json() for health in kitchen.poller.snapshot())
        assert first["success_rate"] == 1.0
        assert 1.5 <= first["visit_s"] <= 37
        assert first["age_s"] < 11 * MINUTE
        assert first["signal_dbm"] < 0
        assert first["values"]["humidity"] is not None
        assert second["success_rate"] == 0.0
        assert second["last"] is None
        assert second["age_s"] is None

    play(story)
