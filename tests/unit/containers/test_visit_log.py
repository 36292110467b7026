from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.visits import KEPT, VisitHistory, VisitRecord
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.simulation.world import SimulatedClock
from befresh_agent.storage import retention
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.store import OutboxStore
from befresh_agent.storage.visit_log import VisitLog

from .conftest import Kitchen, Play, fleet

KIMCHI, FISH = fleet(2)
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
MINUTE = 60.0


def visit(number: int = 0, address: Address = KIMCHI, *, good: bool = True) -> VisitRecord:
    return VisitRecord(address, AT + timedelta(minutes=number), 2.5, good, -60 - number % 20)


def new_store(database: Database) -> OutboxStore:
    return OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SimulatedClock(), events=EventBus())


async def test_visits_come_back_as_they_were_kept(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        roster, history, store = ContainerRoster(database, SimulatedClock()), VisitLog(database), new_store(database)
        for address in (KIMCHI, FISH):
            await roster.add(address)
        await store.keep_visits([visit(0, good=False)])
        await store.keep_reading(Reading(KIMCHI, AT, Measurement(4.5)), [visit(1)])

        kimchi, fish = await history.all()
        assert kimchi == VisitHistory(KIMCHI, (visit(0, good=False), visit(1)), attempts=2, radio_s=5.0)
        assert fish == await history.history_of(FISH) == VisitHistory(FISH, (), attempts=0, radio_s=0.0)

        await roster.remove(KIMCHI)
        assert await history.history_of(KIMCHI) is None
        await roster.add(KIMCHI)
        assert await history.history_of(KIMCHI) == VisitHistory(KIMCHI, (), attempts=0, radio_s=0.0)


async def test_only_the_latest_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        roster, history, store = ContainerRoster(database, SimulatedClock()), VisitLog(database), new_store(database)
        await roster.add(KIMCHI)
        await roster.add(FISH)
        await store.keep_visits([visit(0, FISH)])
        for start in range(0, 2 * KEPT, 50):
            await store.keep_visits([visit(number) for number in range(start, start + 50)])

        kimchi, fish = await history.all()
        assert [one.began for one in kimchi.latest] == [visit(n).began for n in range(KEPT, 2 * KEPT)]
        assert kimchi.attempts == 2 * KEPT
        assert len(fish.latest) == 1


async def test_a_garbled_visit_is_left_out(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        await ContainerRoster(database, SimulatedClock()).add(KIMCHI)
        await new_store(database).keep_visits([visit(0), visit(1)])
        await database.run(lambda c: c.execute("UPDATE visits SET began = 'soon' WHERE number = 1"))

        (kimchi,) = await VisitLog(database).all()
        assert kimchi.latest == (visit(1),)


async def test_where_room_is_short_visits_go_first(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        await ContainerRoster(database, SimulatedClock()).add(KIMCHI)
        store = new_store(database)
        await store.keep_reading(Reading(KIMCHI, AT, Measurement(4.5)), [visit(0)])

        assert await database.run(retention.make_room) == (True, 0)

        (kimchi,) = await VisitLog(database).all()
        assert (kimchi.latest, kimchi.attempts) == ((), 1)
        assert await store.batch() == 1, "the reading is still there"


def test_what_the_poller_does_is_on_disk_and_known_after_a_restart(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(KIMCHI, FISH)
        kitchen.radio.away(FISH)
        async with kitchen.polling():
            await kitchen.clock.sleep(35 * MINUTE)
        before = {health.address: health for health in kitchen.poller.snapshot()}

        kimchi, fish = await VisitLog(kitchen.database).all()
        assert len(kimchi.latest) == kimchi.attempts == before[KIMCHI].visits >= 4
        assert all(1.5 <= one.seconds <= 37 and one.good and one.signal_dbm for one in kimchi.latest)
        assert fish.latest
        assert not any(one.good or one.signal_dbm for one in fish.latest)
        assert fish.attempts == pytest.approx(before[FISH].attempts, abs=8), "failures wait for the next reading"

        kitchen.poller = kitchen.new_poller()
        async with kitchen.polling():
            await kitchen.clock.sleep(1)
        after = {health.address: health for health in kitchen.poller.snapshot()}
        assert after[KIMCHI].visits == before[KIMCHI].visits
        assert after[KIMCHI].visit_s == pytest.approx(before[KIMCHI].visit_s)
        assert after[KIMCHI].radio_s == pytest.approx(before[KIMCHI].radio_s)
        assert after[KIMCHI].signal_dbm == before[KIMCHI].signal_dbm

    play(story)


@pytest.mark.slow
def test_failures_alone_reach_the_disk_too(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(KIMCHI)
        kitchen.radio.away(KIMCHI)
        async with kitchen.polling():
            await kitchen.clock.sleep(24 * 60 * MINUTE)

        (kimchi,) = await VisitLog(kitchen.database).all()
        assert len(kimchi.latest) >= 20

    play(story)


@pytest.mark.slow
def test_a_full_disk_gives_up_the_oldest_visits_only(play: Play) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(KIMCHI)
        kitchen.radio.away(KIMCHI)
        kitchen.disk.full = True
        async with kitchen.polling():
            await kitchen.clock.sleep(24 * 60 * MINUTE)
            kitchen.disk.full = False
            kitchen.radio.back(KIMCHI)
            await kitchen.clock.sleep(24 * 60 * MINUTE)

        (kimchi,) = await VisitLog(kitchen.database).all()
        (health,) = kitchen.poller.snapshot()
        assert len(kimchi.latest) == health.visits
        assert kimchi.latest[-1].good

    play(story)
