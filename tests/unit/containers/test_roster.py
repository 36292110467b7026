from pathlib import Path

from befresh_agent.containers.roster import Roster
from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.reading import Measurement, Reading
from befresh_agent.events import Events
from befresh_agent.outbox.store import Store
from befresh_agent.settings import KafkaSettings
from befresh_agent.simulation.clock import SimulatedClock

KIMCHI, FISH = Address("FB:89:EB:22:95:84"), Address("02:00:00:00:00:01")


async def test_containers_join_and_leave_in_order(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db") as database:
        roster = Roster(database, SimulatedClock())

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
        roster = Roster(database, clock)
        store = Store(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=Events())
        await roster.add(KIMCHI)
        await roster.add(FISH)
        reading = Reading(KIMCHI, clock.now(), Measurement(33.95, 37, 1009.83, 537, 101700, None))

        await store.keep(reading)

        kimchi, fish = await roster.list()
        assert kimchi.last == reading
        assert fish.last is None
