"""The schema of the database's file: the migrations, and whether a file that another release made can be used as it is.

A migration only adds, so that the release before can go on with the file after a rollback: tables, and columns that
need no value (they may be NULL, or have a default). It renames and drops nothing, and adds no trigger and no unique
index to a table that is there already. The same holds for JSON within a column: members are added, never renamed.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import resources
from itertools import count
from pathlib import Path

from befresh_agent.errors import StoreNewer

MARK = 0x62667368
"""SQLite's application_id of our files: "bfsh"."""
_TABLES = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


@dataclass(frozen=True, slots=True)
class DatabaseSchema:
    """How far a file has been migrated."""

    version: int
    known: int
    """How far this release migrates."""

    @property
    def newer(self) -> bool:
        """A newer release made it."""
        return self.version > self.known

    @property
    def older(self) -> bool:
        """A release before made it, and no agent of this one has run since."""
        return self.version < self.known


def migrations() -> Iterator[tuple[int, str]]:
    """Every migration's number, which is the version of the schema after it, and its script."""
    folder = resources.files("befresh_agent.storage").joinpath("migrations")
    for number in count(1):
        file = folder.joinpath(f"{number:04}.sql")
        if not file.is_file():
            return
        yield number, file.read_text(encoding="utf-8")


def schema(connection: sqlite3.Connection) -> DatabaseSchema:
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return DatabaseSchema(version, known=max(number for number, _ in migrations()))


def refuse_unfit(path: Path) -> None:
    """Raises `StoreNewer` where a newer release made the file, and this one does not know how to use it."""
    with closing(sqlite3.connect(path)) as connection:
        found = schema(connection)
        if not found.newer or connection.execute("PRAGMA application_id").fetchone()[0] != MARK:
            return
        try:
            with closing(_own()) as own:
                why = obstacles(connection, own)
        except sqlite3.DatabaseError as error:
            if not _is_foreign(error):
                raise
            why = [str(error)]
    if why:
        raise StoreNewer(path, found.version, found.known, "; ".join(why))


def obstacles(newer: sqlite3.Connection, own: sqlite3.Connection) -> list[str]:
    """What keeps a program that knows only `own` from using the newer schema; nothing where that only adds."""
    there = {row[0] for row in newer.execute(_TABLES)}
    found = []
    for (table,) in own.execute(_TABLES).fetchall():
        if table not in there:
            found.append(f"the table {table} is gone")
            continue
        found += _of_columns(table, _columns(newer, table), _columns(own, table))
        found += [f"{what} on {table} is new" for what in _constraints(newer, table) - _constraints(own, table)]
    return found


def _own() -> sqlite3.Connection:
    """An empty database of this release."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    for _, script in migrations():
        connection.executescript(script)
    return connection


@dataclass(frozen=True, slots=True)
class _TableColumn:
    type: str
    demanding: bool
    """A row without a value for it is refused."""
    key: int


def _columns(connection: sqlite3.Connection, table: str) -> dict[str, _TableColumn]:
    asked = connection.execute('SELECT name, type, "notnull", dflt_value, pk FROM pragma_table_info(?)', (table,))
    return {name: _TableColumn(type_, bool(must) and default is None, key) for name, type_, must, default, key in asked}


def _of_columns(table: str, newer: dict[str, _TableColumn], own: dict[str, _TableColumn]) -> Iterator[str]:
    for name, column in own.items():
        if name not in newer:
            yield f"the column {table}.{name} is gone"
        elif newer[name] != column:
            yield f"the column {table}.{name} is another"
    for name, column in newer.items():
        if name not in own and column.demanding:
            yield f"the column {table}.{name} needs a value"


def _constraints(connection: sqlite3.Connection, table: str) -> set[str]:
    """Triggers and unique indices of a table."""
    triggers = connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?", (table,))
    unique = connection.execute('SELECT name FROM pragma_index_list(?) WHERE "unique"', (table,))
    return {f"the trigger {row[0]}" for row in triggers} | {f"the unique index {row[0]}" for row in unique}


def _is_foreign(error: sqlite3.Error) -> bool:
    """A schema that this SQLite does not understand, rather than a damaged file."""
    return error.sqlite_errorcode == sqlite3.SQLITE_ERROR or "malformed database schema" in str(error)
