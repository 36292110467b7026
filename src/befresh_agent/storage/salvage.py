"""What becomes of a damaged database, and the room kept back for a full disk.

A damaged file is set aside as evidence, and every row it still gives up lives on. A few megabytes lie beside the
database: without them a full disk also stops deleting and delivering, which need room themselves for a moment.
"""

import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from itertools import count
from pathlib import Path


def set_aside(path: Path) -> Path:
    """Rename the file, and what belongs to it, to the next free `<file>.corrupt-<n>`."""
    kept_as = next(name for n in count(1) if not (name := path.with_name(f"{path.name}.corrupt-{n}")).exists())
    path.rename(kept_as)
    if (wal := _wal(path)).exists():
        wal.rename(_wal(kept_as))
    path.with_name(f"{path.name}-shm").unlink(missing_ok=True)
    return kept_as


def rescue(damaged: Path, connection: sqlite3.Connection, tables: Sequence[str]) -> int:
    """Copy every row that can still be read, from both ends towards the damage; how many there were.

    Works on a copy: reading would otherwise change the evidence, and the file may be write-protected.
    """
    before = connection.total_changes
    copy = damaged.with_name(f"{damaged.name}.rescue")
    with suppress(OSError, sqlite3.Error, UnicodeError):
        try:
            shutil.copyfile(damaged, copy)
            if _wal(damaged).exists():
                shutil.copyfile(_wal(damaged), _wal(copy))
            _copy_tables(copy, connection, tables)
        finally:
            for leftover in damaged.parent.glob(f"{copy.name}*"):
                leftover.unlink()
    return connection.total_changes - before


def _copy_tables(source: Path, connection: sqlite3.Connection, tables: Sequence[str]) -> None:
    with closing(sqlite3.connect(source)) as old:
        old.text_factory = lambda raw: raw.decode(errors="replace")
        old.execute("PRAGMA writable_schema = ON")  # lets SQLite read a file that was cut short
        for table in tables:
            for direction in ("ASC", "DESC"):
                with suppress(sqlite3.Error, UnicodeError):
                    _copy_rows(old, connection, table, direction)


def _copy_rows(old: sqlite3.Connection, new: sqlite3.Connection, table: str, direction: str) -> None:
    wanted = {row[1] for row in new.execute(f"PRAGMA table_info({table})")}
    columns = [row[1] for row in old.execute(f"PRAGMA table_info({table})") if row[1] in wanted]
    names, marks = ", ".join(columns), ", ".join("?" * len(columns))
    new.execute("BEGIN IMMEDIATE")
    try:
        order = ", ".join(f"{column} {direction}" for column in _order(new, table))
        rows = old.execute(f"SELECT {names} FROM {table} ORDER BY {order}")
        new.executemany(f"INSERT OR IGNORE INTO {table} ({names}) VALUES ({marks})", rows)
    finally:
        new.execute("COMMIT")


def _order(connection: sqlite3.Connection, table: str) -> list[str]:
    """The columns by which the table lies on disk."""
    without_rowid = connection.execute("SELECT wr FROM pragma_table_list(?)", (table,)).fetchone()[0]
    if not without_rowid:
        return ["rowid"]
    return [
        row[0] for row in connection.execute("SELECT name FROM pragma_table_info(?) WHERE pk ORDER BY pk", (table,))
    ]


def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


RESERVE_SIZE = 4 * 1024 * 1024


def keep_reserve(path: Path) -> bool:
    """Set the reserve aside where it is missing and the disk has plenty; whether there is one now."""
    file = _reserve_file(path)
    if not file.exists() and shutil.disk_usage(path.parent).free > 4 * RESERVE_SIZE:
        with file.open("wb") as reserve, suppress(OSError):
            os.posix_fallocate(reserve.fileno(), 0, RESERVE_SIZE)
    return file.exists()


def release_reserve(path: Path) -> bool:
    """Give the reserve back to a full disk; whether there was one and the disk is what is full."""
    full = shutil.disk_usage(path.parent).free < RESERVE_SIZE
    if not full or not _reserve_file(path).exists():
        return False
    _reserve_file(path).unlink()
    return True


def claim_reserve(connection: sqlite3.Connection) -> None:
    """Turn released room into free pages of the database, before somebody else's log takes it all.

    The file may not grow beyond them: then an insert fails early, while deleting and checkpoints go on working.
    """
    with suppress(sqlite3.Error):
        connection.execute(
            f"INSERT OR REPLACE INTO meta (key, value) VALUES ('reserve', zeroblob({RESERVE_SIZE // 4}))"
        )
    with suppress(sqlite3.Error):
        connection.execute("DELETE FROM meta WHERE key = 'reserve'")
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")


def _reserve_file(path: Path) -> Path:
    return path.with_suffix(".reserve")
