import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from befresh_agent.errors import StoreBusy, StoreError, StoreFull
from befresh_agent.storage import database_file, schema
from befresh_agent.storage.database import Database


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "agent.db"


def add(connection: sqlite3.Connection, address: str) -> None:
    connection.execute("INSERT INTO containers (address, added) VALUES (?, 'now')", (address,))


def addresses(connection: sqlite3.Connection) -> list[str]:
    return [row[0] for row in connection.execute("SELECT address FROM containers ORDER BY rowid")]


async def filled(path: Path, rows: int) -> None:
    def fill(connection: sqlite3.Connection) -> None:
        for n in range(rows):
            add(connection, f"{n:06}" + "x" * 200)

    async with Database(path) as database:
        await database.run(fill)


@contextmanager
def raw(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as connection:
        yield connection
        connection.commit()


async def test_a_new_file_has_the_safe_settings(path: Path) -> None:
    async with Database(path, size_mb=8) as database:

        def pragmas(connection: sqlite3.Connection) -> list[object]:
            names = ("journal_mode", "synchronous", "auto_vacuum", "max_page_count", "user_version")
            return [connection.execute(f"PRAGMA {name}").fetchone()[0] for name in names]

        assert await database.run(pragmas) == ["wal", 2, 2, 2048, len(list(schema.migrations()))]
    assert path.parent.stat().st_mode & 0o777 == 0o700


async def test_a_failed_transaction_leaves_nothing(path: Path) -> None:
    def half(connection: sqlite3.Connection) -> None:
        add(connection, "A")
        raise RuntimeError("in the middle")

    async with Database(path) as database:
        with pytest.raises(RuntimeError, match="in the middle"):
            await database.run(half)
        with pytest.raises(StoreError, match="no such table"):
            await database.run(lambda c: c.execute("SELECT * FROM nowhere"))
        assert await database.run(addresses) == []


async def test_a_cancelled_caller_does_not_undo_what_was_begun(path: Path) -> None:
    async with Database(path) as database:
        task = asyncio.create_task(database.run(lambda c: add(c, "A")))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await database.run(addresses) == ["A"]


async def test_a_closed_database_says_so(path: Path) -> None:
    database = Database(path)
    async with database:
        pass
    with pytest.raises(RuntimeError, match="shutdown"):
        await database.run(addresses)


async def test_a_second_agent_is_turned_away_and_told_by_whom(path: Path) -> None:
    async with Database(path):
        with pytest.raises(StoreBusy, match=rf"process {os.getpid()}\b"):
            async with Database(path):
                pass
    async with Database(path):
        pass


def test_the_lock_ends_with_its_process(path: Path) -> None:
    path.parent.mkdir()
    program = (
        "import sys, pathlib; from befresh_agent.storage.database_file import hold; hold(pathlib.Path(sys.argv[1])); "
    )
    program += "print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreBusy, match=str(holder.pid)):
            database_file.hold(path)
        holder.kill()
    os.close(database_file.hold(path))


async def test_a_guest_reads_and_writes_beside_the_owner(path: Path) -> None:
    async with Database(path) as owner, Database(path, owner=False) as guest:
        await owner.run(lambda c: add(c, "A"))
        await guest.run(lambda c: add(c, "B"))
        assert await owner.run(addresses) == await guest.run(addresses) == ["A", "B"]


async def test_a_guest_creates_nothing(path: Path) -> None:
    with pytest.raises(StoreError, match="no agent has run"):
        async with Database(path, owner=False):
            pass
    assert not path.parent.exists()


async def test_simulated_food_never_mixes_with_real_food(path: Path) -> None:
    async with Database(path, world="simulated"):
        pass
    with pytest.raises(StoreError, match="simulated fridge registered, this is a real one"):
        async with Database(path, world="real"):
            pass
    async with Database(path, world="simulated"):
        pass


async def test_the_size_is_bounded_and_a_full_store_still_deletes(path: Path) -> None:
    def many(connection: sqlite3.Connection, rows: int = 200) -> None:
        for n in range(rows):
            connection.execute("INSERT INTO meta VALUES (?, ?)", (f"{os.urandom(4).hex()}{n}", "x" * 4000))

    async with Database(path, size_mb=2) as database:
        with pytest.raises(StoreFull):
            await database.run(lambda c: many(c, 1000))
        await database.run(many)
        await database.run(lambda c: c.execute("DELETE FROM meta WHERE length(value) > 100"))
        await database.run(many)
    assert path.stat().st_size <= 2 * 1024 * 1024


Damage = Callable[[Path], None]


def scribble(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(os.urandom(4096 * 3))


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size * 2 // 3)


def behead(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"\0" * 100)


def write_protect(path: Path) -> None:
    path.chmod(0o400)


@pytest.mark.parametrize(
    ("damage", "least"),
    [(scribble, 100), (truncate, 100), (behead, 0)],
    ids=lambda value: getattr(value, "__name__", ""),
)
async def test_a_damaged_file_is_set_aside_and_rescued(path: Path, damage: Damage, least: int) -> None:
    await filled(path, 2000)
    damage(path)
    async with Database(path) as database:
        assert database.replaced is not None
        assert database.replaced.kept_as.name == "agent.db.corrupt-1"
        assert least <= database.replaced.rescued <= 2001
        await database.run(lambda c: add(c, "new"))
        assert len(await database.run(addresses)) == database.replaced.rescued + 1
    async with Database(path) as database:
        assert database.replaced is None


@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE other (a)",
        "PRAGMA user_version = 1; CREATE TABLE outbox (a)",
        "PRAGMA user_version = 1; PRAGMA application_id = 1650881384; CREATE TABLE outbox (a)",
    ],
    ids=["somebody's", "no mark", "no tables"],
)
async def test_a_foreign_file_is_set_aside(path: Path, script: str) -> None:
    path.parent.mkdir()
    with raw(path) as connection:
        connection.executescript(script)
    async with Database(path) as database:
        assert database.replaced is not None
        assert await database.run(addresses) == []


async def test_every_damaged_file_is_kept(path: Path) -> None:
    path.parent.mkdir()
    for n in (1, 2):
        path.write_bytes(b"no database at all" * 300)
        async with Database(path) as database:
            assert database.replaced is not None
            assert database.replaced.kept_as.name == f"agent.db.corrupt-{n}"


async def test_damage_found_while_running_is_repaired_at_once(path: Path) -> None:
    await filled(path, 2000)
    async with Database(path) as database:
        await database.run(lambda c: c.execute("PRAGMA shrink_memory"))
        scribble(path)
        rows = await database.run(addresses)
        assert database.replaced is not None
        assert len(rows) == database.replaced.rescued
        await database.run(lambda c: add(c, "new"))


async def test_an_empty_file_is_a_new_database(path: Path) -> None:
    path.parent.mkdir()
    path.touch()
    async with Database(path) as database:
        assert database.replaced is None
        assert await database.run(addresses) == []


async def test_a_migration_keeps_a_copy_for_the_previous_release(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(path, 10)
    first = list(schema.migrations())
    next_one = (len(first) + 1, "ALTER TABLE containers ADD COLUMN colour TEXT;")
    monkeypatch.setattr(schema, "migrations", lambda: iter([*first, next_one]))
    async with Database(path) as database:
        await database.run(lambda c: c.execute("UPDATE containers SET colour = 'red'"))
    monkeypatch.undo()
    with raw(path.with_name(f"agent.db.v{len(first)}")) as copy:
        assert copy.execute("PRAGMA user_version").fetchone()[0] == len(first)
        assert copy.execute("SELECT count(*) FROM containers").fetchone()[0] == 10
    async with Database(path) as previous_release:
        assert previous_release.replaced is None
        assert len(await previous_release.run(addresses)) == 10


async def test_a_file_of_the_first_release_goes_on(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        first = next(iter(schema.migrations()))
        patch.setattr(schema, "migrations", lambda: iter([first]))
        await filled(path, 10)
    async with Database(path) as database:
        assert database.replaced is None
        assert len(await database.run(addresses)) == 10
        costs = await database.run(lambda c: c.execute("SELECT DISTINCT attempts, radio_s FROM containers").fetchall())
        assert [tuple(row) for row in costs] == [(0, 0.0)]


async def test_a_migration_that_fails_changes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await filled(path, 10)
    broken = (
        len(list(schema.migrations())) + 1,
        "ALTER TABLE containers ADD COLUMN colour TEXT; SELECT * FROM nowhere;",
    )
    monkeypatch.setattr(schema, "migrations", lambda: iter([broken]))
    with pytest.raises(StoreError, match="nowhere"):
        async with Database(path):
            pass
    monkeypatch.undo()
    async with Database(path) as database:
        assert len(await database.run(addresses)) == 10


async def test_a_full_store_says_what_to_do(tmp_path: Path) -> None:
    async with Database(tmp_path / "agent.db", size_mb=1) as database:
        with pytest.raises(StoreFull, match=r"delivery\.size_mb.*df -h"):
            await database.run(lambda c: c.execute("INSERT INTO meta (key, value) VALUES ('x', zeroblob(2000000))"))
