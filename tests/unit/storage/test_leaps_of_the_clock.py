"""Nothing is forgotten because of what the wall clock says: whatever it leaps to, for however long, however often."""

import random
from datetime import timedelta

import pytest

from befresh_agent.delivery.batcher import ReadingBatcher
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading, TimeSpan
from befresh_agent.domain.stock import StockFilter
from befresh_agent.domain.visits import VisitRecord
from befresh_agent.ports.clock import ClockTrust
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import DeliverySettings, KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import BOX, OTHER_BOX, LeapingClock, general, register

EVER = TimeSpan(-1e10, 1e11)
DAY_S = 86_400
LEAPS = [
    timedelta(minutes=17),
    timedelta(hours=1),
    timedelta(days=31),
    timedelta(days=40),
    timedelta(days=400),
    timedelta(days=12 * 365),
    timedelta(days=60 * 365),
]


class Fridge:
    """A store with its batcher, and how much of everything it keeps."""

    def __init__(self, database: Database, clock: LeapingClock, *, synced: bool = True) -> None:
        self.database, self.clock, self.synced = database, clock, synced
        self.readings = self.sessions = 0
        self.restart()

    def restart(self) -> None:
        trust = ClockTrust(lambda: self.synced, "boot")
        self.store = OutboxStore(
            self.database, fridge_id=17, topics=KafkaSettings(), clock=self.clock, events=EventBus(), trust=trust
        )
        self.batcher = ReadingBatcher(self.store, DeliverySettings(), fridge_id=17, clock=self.clock, events=EventBus())

    async def half_an_hour(self) -> None:
        """Two containers are read, a food is registered and taken away, everything is sent, and a turn ends it."""
        for minute in range(3):
            for box in (BOX, OTHER_BOX):
                self.readings += 1
                taken_at = self.clock.now() + timedelta(minutes=minute)
                reading = Reading(box, taken_at, Measurement(temperature=self.readings), self.synced)
                await self.store.keep_reading(reading, [VisitRecord(box, taken_at, 3.0, good=True, signal_dbm=-60)])
        self.sessions += 1
        await register(self.store, f"s{self.sessions}", food := general())
        await self.store.settle(f"s{self.sessions}")
        if self.sessions % 2:
            await FoodInventory(self.database, self.store, self.clock).take_away(food.id)
        self.clock.passed += 1800
        await self.turn()

    async def turn(self) -> None:
        await self.batcher.flush()
        waiting = [entry.message.seq for entry in await self.store.entries([MessageState.WAITING])]
        await self.store.mark(waiting, MessageState.DELIVERED)

    async def everything(self) -> dict[str, int]:
        history = ReadingHistory(self.database)
        stock = FoodInventory(self.database, self.store, self.clock)
        visits = await self.database.run(lambda c: c.execute("SELECT count(*) FROM visits").fetchone()[0])
        return {
            "readings": sum([len(await history.readings(box, EVER)) for box in (BOX, OTHER_BOX)]),
            "visits": visits,
            "foods on hand": (await stock.page(StockFilter.ALL)).total,
            "foods gone": (await stock.page(StockFilter.GONE)).total,
            "sessions sent": sum(b"foodList" in one.message.body for one in await self.store.entries()),
        }

    @property
    def expected(self) -> dict[str, int]:
        return {
            "readings": self.readings,
            "visits": self.readings,
            "foods on hand": self.sessions // 2,
            "foods gone": self.sessions - self.sessions // 2,
            "sessions sent": self.sessions,
        }


@pytest.mark.parametrize("synced", [True, False], ids=["believed", "not believed"])
@pytest.mark.parametrize("sign", [1, -1], ids=["ahead", "back"])
@pytest.mark.parametrize("leap", LEAPS, ids=str)
async def test_a_leap_and_back_loses_nothing(
    database: Database, clock: LeapingClock, leap: timedelta, sign: int, synced: bool
) -> None:
    fridge = Fridge(database, clock)
    for _ in range(4):
        await fridge.half_an_hour()
    fridge.synced, clock.jumped = synced, sign * leap
    for _ in range(3):
        await fridge.half_an_hour()
    fridge.restart()
    await fridge.half_an_hour()
    fridge.synced, clock.jumped = True, timedelta(0)
    for _ in range(3):
        await fridge.half_an_hour()
    assert await fridge.everything() == fridge.expected


@pytest.mark.parametrize("seed", range(5))
async def test_a_clock_that_leaps_all_the_time_loses_nothing(
    database: Database, clock: LeapingClock, seed: int
) -> None:
    chance, fridge = random.Random(seed), Fridge(database, clock)
    for _ in range(40):
        clock.jumped = chance.choice([timedelta(0), chance.choice(LEAPS), -chance.choice(LEAPS)])
        fridge.synced = chance.random() < 0.5
        await fridge.half_an_hour()
        if chance.random() < 0.2:
            fridge.restart()
    assert await fridge.everything() == fridge.expected


async def test_what_is_old_by_the_time_the_agent_ran_is_forgotten_a_little_at_a_turn(
    database: Database, clock: LeapingClock
) -> None:
    fridge = Fridge(database, clock)
    await fridge.store.recover()
    for _ in range(60):
        await fridge.half_an_hour()
    clock.passed += 31 * DAY_S
    before = await fridge.everything()
    await fridge.turn()
    after = await fridge.everything()
    assert before["sessions sent"] - after["sessions sent"] < 100
    assert before["readings"] - after["readings"] <= 2 * 200
    for _ in range(8):
        await fridge.turn()
    left = await fridge.everything()
    assert (left["readings"], left["sessions sent"], left["foods gone"]) == (0, 0, 0)
    assert left["foods on hand"] == 30


async def test_time_in_which_the_agent_did_not_run_makes_nothing_old(database: Database, clock: LeapingClock) -> None:
    """A fridge that was in storage for a year still knows what was in it."""
    fridge = Fridge(database, clock)
    await fridge.half_an_hour()
    clock.jumped = timedelta(days=365)
    fridge.restart()
    await fridge.half_an_hour()
    assert await fridge.everything() == fridge.expected


async def test_what_a_release_without_ages_kept_is_not_old_after_a_rollback(
    database: Database, clock: LeapingClock
) -> None:
    fridge = Fridge(database, clock)
    await fridge.store.recover()
    clock.passed += 100 * DAY_S
    await fridge.turn()
    await fridge.half_an_hour()
    script = "".join(f"UPDATE {table} SET ran_s = NULL;" for table in ("outbox", "history", "items", "item_notes"))
    await database.run(lambda c: [c.execute(one) for one in script.split(";")])
    fridge.restart()
    await fridge.store.recover()
    await fridge.turn()
    assert await fridge.everything() == fridge.expected
    clock.passed += 31 * DAY_S
    await fridge.turn()
    assert (await fridge.everything())["readings"] == 0


async def test_ages_go_on_after_a_rescue(database: Database, clock: LeapingClock) -> None:
    """The count lies in a table that is begun anew where a damaged file was replaced; the rows bring theirs."""
    fridge = Fridge(database, clock)
    await fridge.store.recover()
    clock.passed += 100 * DAY_S
    await fridge.turn()
    await fridge.half_an_hour()
    await database.run(lambda c: c.execute("UPDATE meta SET value = '0' WHERE key = 'running_s'"))
    fridge.restart()
    await fridge.store.recover()
    await fridge.turn()
    assert await fridge.everything() == fridge.expected
    clock.passed += 31 * DAY_S
    await fridge.turn()
    assert (await fridge.everything())["readings"] == 0
