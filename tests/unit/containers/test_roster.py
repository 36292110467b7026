from pathlib import Path

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ReadingTaken
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.simulation.world import SimulatedClock
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.store import OutboxStore
from tests.unit.containers.conftest import Kitchen, Play

KIMCHI, FISH = Address("FB:89:EB:22:95:84"), Address("02:00:00:00:00:01")


async def test_containers_join_and_leave_in_order(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        roster = ContainerRoster(database, SimulatedClock())

        assert await roster.add(KIMCHI)
        assert await roster.add(FISH)
        assert not await roster.add(KIMCHI)
        assert await roster.addresses() == (KIMCHI, FISH)

        assert await roster.remove(KIMCHI)
        assert not await roster.remove(KIMCHI)
        assert await roster.addresses() == (FISH,)


async def test_it_shows_what_each_said_last(tmp_path: Path) -> None:
    clock = SimulatedClock()
    async with Database(tmp_path / "agent.db") as database:
        roster = ContainerRoster(database, clock)
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=EventBus())
        await roster.add(KIMCHI)
        await roster.add(FISH)
        reading = Reading(KIMCHI, clock.now(), Measurement(33.95, 37, 1009.83, 537, 101700, None))

        await store.keep_reading(reading)

        kimchi, fish = await roster.list()
        assert kimchi.last == reading
        assert fish.last is None


@pytest.mark.parametrize("junk", ["x", b"\xff", '{"temperature": {}, "radon": 2}', "[" * 20_000, 1e308])
@pytest.mark.parametrize("column", ["added", "last_taken", "last_reading", "attempts", "radio_s", "counter"])
def test_a_garbled_row_stops_nobody(play: Play, column: str, junk: object) -> None:
    async def story(kitchen: Kitchen) -> None:
        await kitchen.join(KIMCHI, FISH)
        await kitchen.store.keep_reading(Reading(KIMCHI, kitchen.clock.now(), Measurement(temperature=4.5)))
        garble = f"UPDATE containers SET {column} = ? WHERE address = ?"
        await kitchen.database.run(lambda c: c.execute(garble, (junk, KIMCHI)))
        async with kitchen.polling():
            await kitchen.clock.sleep(3600)
        read = {event.reading.address for event in kitchen.all(ReadingTaken)}
        assert read == {KIMCHI, FISH}

    play(story)


async def test_a_row_of_nobody_is_left_out(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        roster = ContainerRoster(database, SimulatedClock())
        await roster.add(KIMCHI)
        await roster.add(FISH)
        await database.run(lambda c: c.execute("UPDATE containers SET address = x'ff' WHERE address = ?", (KIMCHI,)))

        assert await roster.addresses() == (FISH,)
        assert list(await roster.joined()) == [FISH]
        assert [entry.address for entry in await roster.list()] == [FISH]


async def test_what_another_release_has_said_is_read_as_far_as_it_is_understood(tmp_path: Path) -> None:
    clock = SimulatedClock()
    at = clock.now()
    async with Database(tmp_path / "agent.db") as database:
        roster = ContainerRoster(database, clock)
        await roster.add(KIMCHI)
        said = ('{"temperature": 4.5, "radon": 1.2, "humidity": "61"}', at.isoformat())
        await database.run(lambda c: c.execute("UPDATE containers SET last_reading = ?, last_taken = ?", said))

        (entry,) = await roster.list()

        assert entry.last == Reading(KIMCHI, at, Measurement(temperature=4.5))
