"""The database over an update that is taken back: readable by the release before, and nothing confirmed is lost."""

import fcntl
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from befresh_update import memory
from befresh_update.errors import UpdateError
from tests.delivery.bench import AT
from tests.update.machine import Machine
from tests.update.words import a_long_look, good_release, one_line, silent

TABLES = (
    "meta",
    "outbox",
    "items",
    "readings",
    "containers",
    "history",
    "visits",
    "item_notes",
    "container_names",
    "food_fates",
    "products",
)
ADDS = "ALTER TABLE items ADD COLUMN shelf TEXT; CREATE TABLE shelves (name TEXT PRIMARY KEY);"
RENAMES = "ALTER TABLE items RENAME COLUMN name TO title;"


def test_database_migrated_then_rolled_back(machine: Machine) -> None:
    """The migration only adds: the file stays as it is, and with it what was registered since."""
    a_long_look(machine)
    machine.upstream.release("1.1.0", {"registers": "두부", "dies_after": 0.2}, migration=ADDS)
    machine.foods.append("두부")
    one_line(machine.update(), "it does not stay up")
    assert machine.current.startswith("1.0.0")
    assert not list(machine.layout.data.glob("*.newer-*"))


def test_database_migrated_against_the_rules_then_rolled_back(machine: Machine) -> None:
    """The old form comes back, with what was registered under the new one."""
    a_long_look(machine)
    machine.upstream.release(
        "1.1.0", {"registers": "두부", "dies_after": 0.2, "name_column": "title"}, migration=RENAMES
    )
    machine.foods.append("두부")
    one_line(machine.update(), "the newer database is kept as")


def test_database_migrated_then_rolled_back_by_hand(machine: Machine) -> None:
    release = machine.upstream.release("1.1.0", {"name_column": "title"}, migration=RENAMES)
    silent(machine.update())
    machine.good.add(release)
    machine.register("두부")
    done = machine.update("--rollback")
    assert done.returncode == 0
    assert "the newer database is kept as" in done.stderr
    machine.check()
    machine.register("파")
    good_release(machine, "1.2.0")
    silent(machine.update())


def test_database_garbled_by_the_release(machine: Machine) -> None:
    a_long_look(machine)
    machine.upstream.release("1.1.0", {"garbles": True, "dies_after": 0.2})
    one_line(machine.update(), "the newer database is kept as")


@pytest.fixture
async def database(tmp_path: Path) -> Path:
    """The agent's own, with a delivered message and a waiting one, and a copy from before the update."""
    path = tmp_path / "agent.db"
    async with Database(path) as opened:
        store = store_in(opened)
        await keep(store, "delivered")
        await keep(store, "waiting")
        await store.mark([1], MessageState.DELIVERED)
    memory.copy(path, before(path))
    return path


def before(path: Path) -> Path:
    return path.with_name("agent.db.before-1.1.0")


def store_in(database: Database) -> OutboxStore:
    return OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())


async def keep(store: OutboxStore, name: str) -> None:
    await store.add(name, FoodItem(name, FoodType.GENERAL, name, AT))
    await store.settle(name)


async def states(path: Path) -> dict[int, str]:
    """What the agent of today makes of the file."""
    async with Database(path) as opened:
        assert opened.replaced is None
        return {entry.message.seq: str(entry.state) for entry in await store_in(opened).entries()}


def change(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)


async def test_what_happened_since_the_copy_stays_happened(database: Path) -> None:
    """Sent is not sent again, undone does not come back, a number is never used twice."""
    async with Database(database) as opened:
        store = store_in(opened)
        await store.mark([2], MessageState.DELIVERED)
        await keep(store, "since")
        await store.mark([3], MessageState.DELIVERED)
        await store.prune(-1, 30)
        await keep(store, "waits")
    change(database, "DROP INDEX outbox_waiting; ALTER TABLE outbox RENAME COLUMN last_error TO why;")
    settled = memory.settle(database, before(database))
    assert (settled.did, settled.lost) == ("carried", 0)
    assert await states(database) == {4: "waiting"}
    async with Database(database) as opened:
        await keep(store_in(opened), "next")
    assert await states(database) == {4: "waiting", 5: "waiting"}


@pytest.mark.parametrize("table", TABLES)
def test_a_column_more_is_no_reason_to_carry_anything(database: Path, table: str) -> None:
    """Wherever SQLite writes it: before a table's constraints, or before WITHOUT ROWID."""
    for column in ("radon REAL", "shelf TEXT NOT NULL DEFAULT 'top, left'"):
        change(database, f"ALTER TABLE {table} ADD COLUMN {column}; PRAGMA user_version = 99;")
        assert memory.settle(database, before(database)).did == "kept"


def test_a_column_that_became_stricter_is(database: Path) -> None:
    change(
        database,
        "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'session       TEXT NOT NULL',"
        " 'session       TEXT NOT NULL CHECK (session > 0)') WHERE name = 'items'",
    )
    assert memory.settle(database, before(database)).did == "carried"


async def test_what_the_old_form_has_no_place_for_is_counted_and_kept_aside(database: Path) -> None:
    change(
        database,
        """CREATE TABLE other AS SELECT * FROM items; DROP TABLE items; ALTER TABLE other RENAME TO items;
        INSERT INTO items (id, session, kind, name, address, expires_on, registered_at, state, joined, seq)
        SELECT 'eaten', session, kind, 'eaten', address, expires_on, registered_at, 'eaten', joined, seq
        FROM items LIMIT 1;""",
    )
    settled = memory.settle(database, before(database))
    assert (settled.did, settled.lost) == ("carried", 1)
    with closing(sqlite3.connect(settled.aside)) as aside:
        assert aside.execute("SELECT count(*) FROM items WHERE state = 'eaten'").fetchone()[0] == 1
    assert await states(database) == {1: "delivered", 2: "waiting"}


async def test_a_table_that_was_dropped_comes_from_the_copy(database: Path) -> None:
    change(database, "DROP TABLE outbox;")
    assert memory.settle(database, before(database)).did == "carried"
    assert await states(database) == {1: "delivered", 2: "waiting"}


async def test_a_column_that_was_dropped_comes_from_the_copy_where_it_can(database: Path) -> None:
    change(database, "UPDATE items SET product = 'P1'; ALTER TABLE items DROP COLUMN product;")
    change(before(database), "UPDATE items SET product = 'P1';")
    change(database, "INSERT INTO items (id, session, kind, registered_at) VALUES ('new', 's', 3, 'now');")
    assert memory.settle(database, before(database)).lost == 1
    with closing(sqlite3.connect(database)) as connection:
        rows = connection.execute("SELECT id, product FROM items ORDER BY rowid").fetchall()
    assert rows == [("delivered", "P1"), ("waiting", "P1"), ("new", None)]


async def test_a_damaged_file_gives_what_it_can(database: Path) -> None:
    async with Database(database) as opened:
        await keep(store_in(opened), "since")
    page = 4096
    with database.open("r+b") as file:
        file.seek(database.stat().st_size - page)
        file.write(b"\xff" * page)
    assert memory.settle(database, before(database)).did == "restored"
    assert {1: "delivered", 2: "waiting"}.items() <= (await states(database)).items()


async def test_a_store_begun_anew_joins_the_one_from_before(database: Path) -> None:
    """As when the new release found the file damaged and replaced it."""
    database.rename(database.with_name("agent.db.corrupt-1"))
    async with Database(database) as opened:
        store = store_in(opened)
        await store.add("open", FoodItem("since", FoodType.GENERAL, "since", AT))
    settled = memory.settle(database, before(database))
    assert (settled.did, settled.lost) == ("restored", 0)
    assert await states(database) == {1: "delivered", 2: "waiting"}
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT id FROM items WHERE state = 'open'").fetchall() == [("since",)]


async def test_a_file_that_is_gone_comes_back(database: Path) -> None:
    database.unlink()
    assert memory.settle(database, before(database)).did == "restored"
    assert await states(database) == {1: "delivered", 2: "waiting"}


async def test_settling_can_be_cut_short_and_done_again(database: Path) -> None:
    change(database, "DROP INDEX outbox_waiting; ALTER TABLE outbox RENAME COLUMN last_error TO why;")
    database.with_name("agent.db.back").write_bytes(b"half")
    database.with_name("agent.db.newer-1").hardlink_to(database)
    settled = memory.settle(database, before(database))
    assert (settled.did, settled.aside) == ("carried", str(database.with_name("agent.db.newer-1")))
    assert memory.settle(database, before(database)).did == "nothing"


@pytest.mark.parametrize(
    "migration",
    [
        "CREATE TRIGGER no BEFORE INSERT ON items BEGIN SELECT RAISE(ABORT, 'no'); END;",
        "CREATE UNIQUE INDEX one_session ON items (session);",
        "ALTER TABLE items ADD COLUMN shelf TEXT NOT NULL DEFAULT 'top'; ALTER TABLE items DROP COLUMN product;",
    ],
)
async def test_what_stands_in_the_way_of_the_old_program_is_not_kept(database: Path, migration: str) -> None:
    change(database, migration)
    assert memory.settle(database, before(database)).did == "carried"
    async with Database(database) as opened:
        store = store_in(opened)
        await store.add("same", FoodItem("a", FoodType.GENERAL, "a", AT))
        await store.add("same", FoodItem("b", FoodType.GENERAL, "b", AT))


async def test_an_agent_that_still_runs_keeps_its_file(database: Path) -> None:
    change(database, "ALTER TABLE outbox RENAME COLUMN last_error TO why;")
    with database.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(UpdateError, match="is in use"):
            memory.settle(database, before(database))
