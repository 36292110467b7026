"""Whatever the disk, or another release, makes of one row: nobody who reads fails, and the other rows stay."""

import shutil
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest

from befresh_agent.domain.delivery_events import MessageQueued, ReadingsDropped
from befresh_agent.domain.events import Event
from befresh_agent.domain.reading import BroadcastOrigin, ClockAnchor, TimeSpan
from befresh_agent.domain.stock import StockFilter
from befresh_agent.domain.visits import VisitRecord
from befresh_agent.history.records import HistoryRecords
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.sealed_log import verify
from befresh_agent.settings.model import ContainerSettings, KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.message_queue import OutboxBrowser
from befresh_agent.storage.products import KeptAnswers
from befresh_agent.storage.roster import ContainerNames, ContainerRoster
from befresh_agent.storage.schema import migrations
from befresh_agent.storage.sealed_rows import SealedLog, SealKey
from befresh_agent.storage.store import OutboxStore
from befresh_agent.storage.visit_log import VisitLog
from tests.unit.storage.stand_ins import (
    BOX,
    OTHER_BOX,
    START,
    LeapingClock,
    container,
    general,
    packaged,
    reading,
    refused,
    register,
)

JUNK = (
    None,
    "",
    "{}",
    "[[0]]",
    '{"temperature": "warm", "humidity": [], "nh3": 1e999}',
    "[" * 20_000,
    "2026-11-21",
    "2026-11-21T09:30:00",
    "9999-12-31T23:59:59-12:00",
    b"\xff\x00",
    -1,
    2**62,
    1e308,
)
SEAL = SealedLog(SealKey(Path(mkdtemp())), allowed=(0, 10), gap_s=1800)
PRODUCTS = ("08801234567893", "09506000134352")
UNKNOWN = ("04006381333931", "04006381333948")
DAY = TimeSpan(START.timestamp(), START.timestamp() + 86_400)


async def filled(store: OutboxStore, database: Database, session: str = "first") -> None:
    """Two rows or more in every table; the first is to be garbled."""
    names, stock = ContainerNames(database), FoodInventory(database, store, LeapingClock())
    foods = [replace(container(), id=f"{session} item", heard="긴치"), container(address=OTHER_BOX)]
    foods += [replace(packaged(), product=gtin, heard="우휴") for gtin in PRODUCTS]
    foods += [general(), general()]
    await store.recover()
    for food in foods:
        await register(store, food.id, food)
        await store.settle(food.id)
        await stock.rename(food.id, "다른 이름")
        await stock.set_use_by(food.id, date(2026, 12, 24))
    await stock.take_away(foods[0].id)
    await stock.take_away(foods[-1].id)
    await register(store, "unnamed", general(None), general(None))
    await store.settle("unnamed")
    await register(store, "open", general(), general())
    for address in (BOX, OTHER_BOX):
        await names.set_name(address, "통")
        for minute in range(0, 60, 10):
            visit = VisitRecord(address, START + timedelta(minutes=minute), 5.0, good=True, signal_dbm=-60)
            await store.keep_reading(reading(address, minute), [visit])
    await store.batch()
    for seq in (1, 2):
        await refused(store, seq)
    for gtin in UNKNOWN:
        await KeptAnswers(database).note_answer(gtin, None)
    for address in (BOX, OTHER_BOX):
        await store.keep_reading(reading(address, 61))


class Readers:
    """Everybody who reads, and what they must go on finding."""

    def __init__(self, store: OutboxStore, database: Database) -> None:
        clock = LeapingClock()
        self.database = database
        self.store, self.names = store, ContainerNames(database)
        self.roster, self.visits = ContainerRoster(database, clock), VisitLog(database)
        self.history, self.letters = ReadingHistory(database), OutboxBrowser(store)
        self.stock = FoodInventory(database, store, clock)
        self.records = HistoryRecords(self.history, ContainerSettings(), clock, fridge_id=17)

    async def found(self) -> set[str]:
        """What is there, one word each."""
        entries, letters = await self.store.entries(), await self.letters.after(0, 100)
        newest = await self.letters.newest(None, before=None, limit=100)
        words = [f"message {entry.message.seq}" for entry in entries]
        assert (
            words == [f"message {letter.seq}" for letter in letters] == [f"message {one.seq}" for one in newest][::-1]
        )
        words += [f"unnamed {item.id}" for item in await self.store.unnamed()]
        for shelf in StockFilter:
            words += [f"{shelf} {one.item.id}" for one in (await self.stock.page(shelf, urgent=[BOX])).items]
        words += [f"product {gtin}" for gtin in PRODUCTS if await self.store.product(gtin)]
        words += [f"unknown {gtin}" for gtin in UNKNOWN if await KeptAnswers(self.database).is_unknown(gtin)]
        words += await self._of_containers()
        words += [f"correction {heard} {name}" for heard, name in (await self.store.corrections()).items()]
        words += [f"used {name}" for name in await self.store.names_used()]
        await self.store.summary()
        for seq in range(1, 3):
            await self.store.deliveries(seq)
        assert verify(await self.database.run(lambda c: list(SEAL.export(c, START)))).key
        await self.stock.waste()
        await self.stock.recent_names(10)
        await self.stock.replaced(timedelta(days=36_500))
        return set(words)

    async def _of_containers(self) -> list[str]:
        words = [f"roster {address}" for address in await self.roster.addresses()]
        words += [f"joined {address}" for address in await self.roster.joined()]
        words += [f"listed {entry.address}" for entry in await self.roster.list()]
        words += [f"name {address}" for address in await self.names.all()]
        words += [f"visit {one.address} {visit.began}" for one in await self.visits.all() for visit in one.latest]
        words += [f"content {address}" for address in await self.history.contents()]
        words += [f"trend {address}" for address in await self.records.trends()]
        for address in await self.history.everybody():
            words += [f"reading {address} {one.taken_at}" for one in await self.history.readings(address, DAY)]
            for quantity, curve in (await self.history.curves(address, DAY)).items():
                words += [f"{quantity} {address} {point.first}" for point in curve]
                assert all(isinstance(value, float | int) for point in curve for value in (point.low, point.mean))
            await self.records.charts(address, 86_400, "ko")
        assert await self.records.sheet((), START.date(), "ko")
        async for lines in self.records.lines((), START.date(), START.date(), "json"):
            words += [f"line {line}" for line in lines.splitlines() if OTHER_BOX in line]
        return words


@dataclass(frozen=True)
class Table:
    first: str
    """Which row is garbled."""
    lost: tuple[str, ...] = ()
    """What may be missing then: words with one of these in them."""


BY_ROWID = "rowid = (SELECT min(rowid) FROM {table})"
TABLES = {
    "meta": Table("true", ("unknown ",)),  # by how long it has run, they are old, and may be asked for again
    "outbox": Table(BY_ROWID, ("message 1",)),
    "deliveries": Table("seq = 1"),
    "items": Table(BY_ROWID, ("first item", f"content {BOX}")),
    "item_notes": Table(BY_ROWID, ("first item", f"content {BOX}")),
    "products": Table(BY_ROWID, ("product 08801234567893",)),
    "unknown_products": Table(BY_ROWID, (f"unknown {UNKNOWN[0]}",)),
    "readings": Table(BY_ROWID),
    "containers": Table(BY_ROWID, tuple(f"{word} {BOX}" for word in ("roster", "joined", "listed", "visit"))),
    "container_names": Table(BY_ROWID, (f"name {BOX}",)),
    "food_fates": Table(BY_ROWID),
    "history": Table(
        f"address = '{BOX}' AND at = {int(START.timestamp())}",
        (f"reading {BOX} {START}", f"{BOX} {int(START.timestamp())}", f"{BOX} {START.timestamp()}"),
    ),
    "sealed": Table(BY_ROWID),
    "corrections": Table(BY_ROWID, ("correction 긴치",)),
    "visits": Table(BY_ROWID, (f"visit {BOX} {START}",)),
}


@pytest.fixture
async def whole(tmp_path: Path) -> Path:
    """A file with something in every table."""
    async with Database(tmp_path / "whole.db") as database:
        await filled(store_of(database), database)
    return tmp_path / "whole.db"


def store_of(database: Database, told: list[Event] | None = None) -> OutboxStore:
    events = EventBus()
    events.subscribe((told if told is not None else []).append)
    clock = LeapingClock()
    return OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events, seal=SEAL)


def garbled(whole: Path, table: str, values: Sequence[object]) -> Iterator[tuple[str, Path]]:
    """Copies of the file in which one column of the table's first row holds one of the values, where it may."""
    where, copy = TABLES[table].first.format(table=table), whole.with_name("garbled.db")
    with closing(sqlite3.connect(whole)) as connection:
        columns = [row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,))]
    for column in columns:
        for value in values:
            shutil.copyfile(whole, copy)
            with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
                connection.execute("PRAGMA ignore_check_constraints = ON")
                connection.execute("PRAGMA synchronous = OFF")
                with suppress(sqlite3.IntegrityError):
                    connection.execute(f"UPDATE {table} SET {column} = ? WHERE {where}", (value,))
            yield f"{table}.{column} = {value!r:.40}", copy


def test_every_table_is_here(whole: Path) -> None:
    with closing(sqlite3.connect(whole)) as connection:
        listed = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        assert {row[0] for row in listed} == set(TABLES)


@pytest.mark.slow
@pytest.mark.unmeasured
@pytest.mark.parametrize("table", TABLES)
async def test_nobody_who_reads_fails_and_the_others_are_found(whole: Path, table: str) -> None:
    async with Database(whole, owner=False) as database:
        before = await Readers(store_of(database), database).found()
    for what, path in garbled(whole, table, JUNK):
        async with Database(path, owner=False) as database:
            try:
                missing = before - await Readers(store_of(database), database).found()
            except Exception as error:
                raise AssertionError(what) from error
        wrong = {word for word in missing if not any(mark in word for mark in TABLES[table].lost)}
        assert not wrong, what


@pytest.mark.slow
@pytest.mark.unmeasured
@pytest.mark.parametrize("table", TABLES)
async def test_nobody_who_writes_fails(whole: Path, table: str) -> None:
    for what, path in garbled(whole, table, JUNK):
        async with Database(path, owner=False) as database:
            told: list[Event] = []
            store = store_of(database, told)
            try:
                await written(store)
            except Exception as error:
                raise AssertionError(what) from error
        dropped = sum(event.count for event in told if isinstance(event, ReadingsDropped))
        batches = [event for event in told if isinstance(event, MessageQueued) and event.topic == "sensor-data-topic"]
        sent = sum(int(batch.summary.split()[0]) for batch in batches)
        assert sent + dropped == 3, what
        assert dropped == 0 or table == "readings", what


async def test_what_a_newer_release_added_hinders_nobody(whole: Path) -> None:
    async with Database(whole, owner=False) as database:
        before = await Readers(store_of(database), database).found()
    with closing(sqlite3.connect(whole, isolation_level=None)) as connection:
        for table in TABLES:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN radon REAL")
            connection.execute(f"ALTER TABLE {table} ADD COLUMN shelf TEXT NOT NULL DEFAULT 'top'")
        for table, column in (("readings", "measured"), ("containers", "last_reading")):
            added = f"json_set({column}, '$.radon', 1.2, '$.unit', json('{{\"nh3\": \"ppm\"}}'))"
            connection.execute(f"UPDATE {table} SET {column} = {added}")
        connection.execute(f"PRAGMA user_version = {1 + max(number for number, _ in migrations())}")
    async with Database(whole) as database:
        told: list[Event] = []
        store = store_of(database, told)
        assert await Readers(store, database).found() == before
        await written(store)
        await filled(store, database, "later")
        assert not [event for event in told if isinstance(event, ReadingsDropped)]
        shelves = await database.run(lambda c: c.execute("SELECT DISTINCT shelf FROM history").fetchall())
        assert [tuple(row) for row in shelves] == [("top",)]


async def written(store: OutboxStore) -> None:
    """All that the agent writes."""
    await store.recover()
    visit = VisitRecord(OTHER_BOX, START, 5.0, good=False, signal_dbm=None)
    later = replace(reading(OTHER_BOX, 70), anchor=ClockAnchor("boot", 70 * 60.0))
    await store.keep_reading(later, [visit], heard=BroadcastOrigin(7))
    while await store.batch():
        pass
    for kind in store.topics:
        if messages := await store.peek(kind):
            await store.refuse(messages[0], "no")
        while messages := await store.peek(kind):
            await store.arrived(messages)
    await store.retry(None)
    await store.replay(START)
    for item in await store.unnamed():
        await store.name(item.id, "무")
    await store.prune(30, 30)
