"""The database's file: who holds it, whether it is whole, its schema's version, and what becomes of a damaged one.

In comes a path, out comes a connection that is safe to use. All of it blocks; `storage/database.py` calls it on its
thread.
"""

import fcntl
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.errors import StoreBusy, StoreError, StoreFull
from befresh_agent.runtime.remedies import closed, is_another_users
from befresh_agent.storage import schema as database_schema
from befresh_agent.storage.salvage import rescue, set_aside
from befresh_agent.storage.schema import MARK, DatabaseSchema, refuse_unfit, schema

PAGE = 4096
PRAGMAS = """
    PRAGMA busy_timeout = 5000;
    PRAGMA auto_vacuum = INCREMENTAL;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA wal_autocheckpoint = 192;
    PRAGMA journal_size_limit = 1048576;
"""
_TABLES = {
    **dict.fromkeys(("meta", "outbox", "items", "readings", "containers"), 1),
    **dict.fromkeys(("history", "visits"), 2),
    **dict.fromkeys(("item_notes", "container_names"), 3),
    "food_fates": 6,
    "products": 8,
    "unknown_products": 11,
}
"""Every table, and the version of the schema it came with."""
_WORDS = {
    sqlite3.SQLITE_FULL: "its disk, or delivery.size_mb, is full; make room (`df -h` shows where), or raise that",
    sqlite3.SQLITE_BUSY: "another program holds it for long; end that one, then try again",
    sqlite3.SQLITE_LOCKED: "another program holds it for long; end that one, then try again",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened; look after the folder it is in",
    sqlite3.SQLITE_READONLY: "it is read-only; make it writable, or switch the overlay file system off (raspi-config),"
    " or replace a worn card",
    sqlite3.SQLITE_IOERR: "the disk failed; see how it is: befresh-agent doctor",
}
"""What people read in the place of SQLite's own words."""
_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_READONLY)


class DatabaseDamaged(StoreError):
    """The file is not, or not any more, a database of ours."""


@dataclass(frozen=True, slots=True)
class DatabaseReplaced:
    """A damaged file was set aside and a new one begun."""

    kept_as: Path
    error: str
    rescued: int
    """Rows that could still be read and live on in the new file."""


def hold(path: Path) -> int:
    """Take the state directory for this process; the lock ends with the process or with `os.close`."""
    lock = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.read(lock, 32).decode().strip() or "?"
        os.close(lock)
        raise StoreBusy(f"{path.parent} is in use by another agent (process {holder}); stop that one first") from None
    with suppress(OSError):  # a full disk: the lock holds, only without our name on it
        os.truncate(lock, 0)
        os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
    return lock


def connect(path: Path, size_mb: int) -> sqlite3.Connection:
    """A connection to an existing or new file with the settings that make every commit survive a power cut."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda raw: raw.decode(errors="replace")  # one bad byte must not stop a whole query
    with ExitStack() as undo:
        undo.callback(connection.close)
        connection.executescript(PRAGMAS)
        limit(connection, size_mb)
        undo.pop_all()
    return connection


def limit(connection: sqlite3.Connection, size_mb: int) -> None:
    """The file may not grow beyond this."""
    connection.execute(f"PRAGMA max_page_count = {size_mb * 1024 * 1024 // PAGE}")


def open_whole(path: Path, *, size_mb: int, world: str) -> tuple[sqlite3.Connection, DatabaseReplaced | None]:
    """A sound database of the newest schema; a damaged one is set aside, and what it still holds rescued."""
    try:
        return _open_checked(path, size_mb, world), None
    except DatabaseDamaged as damage:
        kept_as = set_aside(path)
        connection = _open_checked(path, size_mb, world)
        return connection, DatabaseReplaced(
            kept_as, str(damage), rescue(kept_as, connection, [table for table in _TABLES if table != "meta"])
        )


def open_as_guest(path: Path, size_mb: int) -> sqlite3.Connection:
    """A connection beside a running agent: nothing is created, checked or migrated."""
    if not path.exists():
        raise StoreError(f"{path}: no agent has run here yet; start one first (a dry run's is shown by --dry-run)")
    if is_another_users(path):
        raise closed(path)
    refuse_unfit(path)
    connection = connect(path, size_mb)
    if connection.execute("PRAGMA application_id").fetchone()[0] != MARK:
        connection.close()
        raise StoreError(f"{path} is not a database of this program")
    return connection


def translated(error: sqlite3.Error, path: Path, form: DatabaseSchema | None = None) -> StoreError:
    """SQLite's error in the words of this project."""
    if form is not None and form.older and str(error).startswith("no such "):
        return StoreError(
            f"{path} is of an older release (schema {form.version}; this release needs {form.known}): start this"
            f" release's agent once, which brings it up to date ({error})"
        )
    code = getattr(error, "sqlite_errorcode", 0)
    full = code in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR_SHMSIZE)
    kind = StoreFull if full else DatabaseDamaged if code & 0xFF in _DAMAGE else StoreError
    return kind(f"{path}: {_WORDS.get(code & 0xFF, str(error))}")


def _open_checked(path: Path, size_mb: int, world: str) -> sqlite3.Connection:
    with ExitStack() as undo:
        try:
            with _garbled_is_damaged(path):
                if path.exists():
                    refuse_unfit(path)
                connection = connect(path, size_mb)
                undo.callback(connection.close)
                _check(connection)
            _migrate(connection, path, world)
        except sqlite3.Error as error:
            raise translated(error, path) from error
        except UnicodeError as error:  # even the names in the file are garbled
            raise DatabaseDamaged(f"{path}: {error}") from error
        undo.pop_all()
        return connection


@contextmanager
def _garbled_is_damaged(path: Path) -> Iterator[None]:
    """Where SQLite calls one of our plain questions wrong, the schema is garbled or a table is missing."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_ERROR:
            raise DatabaseDamaged(f"{path}: {error}") from error
        raise


def _check(connection: sqlite3.Connection) -> None:
    verdict = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]  # quick_check trusts the indices
    if verdict != "ok":
        raise DatabaseDamaged(verdict)
    version = schema(connection).version
    if version == 0:
        if connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise DatabaseDamaged("it holds something else")
        return
    if connection.execute("PRAGMA application_id").fetchone()[0] != MARK:
        raise DatabaseDamaged("it belongs to another program")
    for table in (table for table, since in _TABLES.items() if since <= version):
        connection.execute(f"SELECT 1 FROM {table} LIMIT 1")


def _migrate(connection: sqlite3.Connection, path: Path, world: str) -> None:
    """Bring the schema up to date; the state before is kept as `<file>.v<version>` for the previous release."""
    version = schema(connection).version
    steps = [(number, script) for number, script in database_schema.migrations() if number > version]
    if version and steps:
        copy = path.with_name(f"{path.name}.v{version}")
        copy.unlink(missing_ok=True)
        connection.execute("VACUUM INTO ?", (str(copy),))
    for number, script in steps:
        mark = f"PRAGMA user_version = {number}; PRAGMA application_id = {MARK};"
        connection.executescript(f"BEGIN IMMEDIATE;{script}{_first(number)}{mark}COMMIT;")
    _same_world(connection, path, world)


def _first(number: int) -> str:
    return f"INSERT INTO meta (key, value) VALUES ('store_id', '{uuid.uuid4().hex}');" if number == 1 else ""


def _same_world(connection: sqlite3.Connection, path: Path, world: str) -> None:
    connection.execute("INSERT OR IGNORE INTO meta (key, value) VALUES ('world', ?)", (world,))
    found = connection.execute("SELECT value FROM meta WHERE key = 'world'").fetchone()[0]
    if found != world:
        raise StoreError(
            f"{path} holds what a {found} fridge registered, this is a {world} one: give another state directory"
        )
