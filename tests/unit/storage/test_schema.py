"""A database that another release made: used as far as it is understood, or refused with the remedy and left alone."""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from befresh_agent.domain.delivery_events import DatabaseNewer
from befresh_agent.domain.events import Event
from befresh_agent.domain.narration import describe
from befresh_agent.domain.phrase import LogSeverity
from befresh_agent.errors import StoreError, StoreNewer
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.simulation.world import SimulatedClock
from befresh_agent.storage import schema
from befresh_agent.storage.database import Database
from befresh_agent.storage.schema import DatabaseSchema, migrations, obstacles
from befresh_agent.storage.store import OutboxStore
from befresh_update.memory_rows import fits

KNOWN = max(number for number, _ in migrations())
ADDS = (
    "ALTER TABLE history ADD COLUMN radon REAL",
    "ALTER TABLE items ADD COLUMN shelf TEXT NOT NULL DEFAULT 'top'",
    "ALTER TABLE items ADD COLUMN year INTEGER GENERATED ALWAYS AS (substr(registered_at, 1, 4)) VIRTUAL",
    "CREATE TABLE shelves (name TEXT PRIMARY KEY, place TEXT NOT NULL)",
    "CREATE INDEX items_by_name ON items (name)",
    "CREATE TABLE moves (item TEXT UNIQUE); CREATE TRIGGER moved AFTER INSERT ON moves BEGIN SELECT 1; END",
)
BREAKS = {
    "DROP TABLE item_notes": "the table item_notes is gone",
    "ALTER TABLE visits RENAME TO calls": "the table visits is gone",
    "ALTER TABLE items DROP COLUMN product": "the column items.product is gone",
    "ALTER TABLE items RENAME COLUMN name TO title": "the column items.name is gone",
    "DROP TABLE readings; CREATE TABLE readings (number INTEGER PRIMARY KEY, address TEXT NOT NULL, taken_at TEXT NOT"
    " NULL, clock_synced INTEGER NOT NULL, measured BLOB NOT NULL, boot TEXT, monotonic REAL)": (
        "the column readings.measured is another"
    ),
    "DROP TABLE container_names; CREATE TABLE container_names"
    " (address TEXT PRIMARY KEY, name TEXT NOT NULL, house TEXT NOT NULL)": (
        "the column container_names.house needs a value"
    ),
    "CREATE UNIQUE INDEX one_name ON items (name)": "the unique index one_name on items is new",
    "CREATE TRIGGER no_more BEFORE INSERT ON items BEGIN SELECT RAISE(ABORT, 'no'); END": (
        "the trigger no_more on items is new"
    ),
}
NOT_UNDERSTOOD = (
    "PRAGMA writable_schema = ON;"
    " UPDATE sqlite_master SET sql = 'CREATE TABLE visits (number INTEGER) OF THE YEAR 2040' WHERE name = 'visits'"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "agent.db"


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        yield connection


async def made_newer(path: Path, script: str) -> None:
    async with Database(path):
        pass
    with raw(path) as connection:
        connection.executescript(f"{script}; PRAGMA user_version = {KNOWN + 1}")


def after(number: int) -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for _, script in list(migrations())[:number]:
        connection.executescript(script)
    return connection


@pytest.mark.parametrize(("before", "now"), [(a, b) for b in range(1, KNOWN + 1) for a in range(1, b)])
def test_every_migration_only_adds(before: int, now: int) -> None:
    with closing(after(before)) as own, closing(after(now)) as newer:
        assert obstacles(newer, own) == []
        assert fits(newer, own), "the updater would carry the rows over"


@pytest.mark.parametrize("script", ADDS)
async def test_a_newer_file_that_only_adds_is_used_and_told_of(path: Path, script: str) -> None:
    await made_newer(path, script)
    events, told = EventBus(), list[Event]()
    events.subscribe(told.append)
    for owner in (True, False):
        async with Database(path, owner=owner) as database:
            assert database.schema == DatabaseSchema(KNOWN + 1, KNOWN)
            assert database.replaced is None
            store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SimulatedClock(), events=events)
            await store.recover()
    assert told == [DatabaseNewer(KNOWN + 1, KNOWN)] * 2
    assert describe(told[0]).weight is LogSeverity.WARNING
    assert "newer release" in describe(told[0]).text
    with raw(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == KNOWN + 1


@pytest.mark.parametrize("owner", [True, False])
@pytest.mark.parametrize(("script", "why"), [*BREAKS.items(), (NOT_UNDERSTOOD, "malformed database schema")])
async def test_a_newer_file_that_cannot_be_used_is_refused_with_the_remedy(
    path: Path, script: str, why: str, owner: bool
) -> None:
    await made_newer(path, script)
    before = hashlib.sha256(path.read_bytes()).digest()
    with pytest.raises(StoreNewer) as refused:
        async with Database(path, owner=owner):
            pass
    text = str(refused.value)
    assert f"newer release (schema {KNOWN + 1}; this release knows {KNOWN})" in text
    assert why in text
    assert "befresh-agent update" in text
    assert "damaged" not in text
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert [file.name for file in path.parent.glob("agent.db*")] == ["agent.db"], "nothing was set aside"


async def test_the_copy_from_before_is_named(path: Path) -> None:
    await made_newer(path, next(iter(BREAKS)))
    copy = path.with_name(f"agent.db.v{KNOWN}")
    copy.touch()
    with pytest.raises(StoreNewer, match=f"put {copy}"):
        async with Database(path):
            pass


async def test_a_newer_file_that_is_damaged_is_set_aside_like_any_other(path: Path) -> None:
    await made_newer(path, ADDS[0])
    with path.open("r+b") as file:
        file.seek(4096 * 2)
        file.write(b"\xa5" * 4096 * 3)
    async with Database(path) as database:
        assert database.replaced is not None
        assert not database.schema.newer


async def test_a_guest_of_a_newer_release_says_what_an_older_file_needs(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with Database(path):
        pass
    newer = [*migrations(), (KNOWN + 1, "ALTER TABLE items ADD COLUMN shelf TEXT")]
    monkeypatch.setattr(schema, "migrations", lambda: iter(newer))
    async with Database(path, owner=False) as guest:
        assert guest.schema.older
        with pytest.raises(StoreError, match=r"of an older release .* start this release's agent once"):
            await guest.run(lambda c: c.execute("SELECT shelf FROM items"))
