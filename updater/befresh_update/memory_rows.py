"""Rows between two forms of one database: whether the older program can use the newer form, and how rows get back."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing, suppress
from enum import StrEnum
from itertools import takewhile
from pathlib import Path

_TABLES = "SELECT name, sql FROM main.sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"


def fits(newer: sqlite3.Connection, old: sqlite3.Connection) -> bool:
    """Whether a program that knows the old form can read and write the newer one: it only adds.

    Every old table is there, with at most further columns behind its own that need no value; no new trigger or unique
    index stands in the way of what the old program writes.
    """
    tables = dict(newer.execute(_TABLES))
    mine = dict(old.execute(_TABLES))
    if not all(name in tables and _only_adds(tables[name], sql) for name, sql in mine.items()):
        return False
    demanding = any(
        column[3] and column[4] is None
        for name in mine
        for column in newer.execute("SELECT * FROM pragma_table_info(?)", (name,)).fetchall()
        if column[1] not in _columns(old, "main", name)
    )
    return not demanding and not _obstacles(newer, list(mine)) - _obstacles(old, list(mine))


class Way(StrEnum):
    """How the rows of the newer file and those of the copy come together."""

    TAKE = "INSERT"
    """The newer file says what there is."""
    JOIN = "INSERT OR IGNORE"
    """It was begun anew since the copy: the copy's rows, and those of the newer file beside them."""


def store(connection: sqlite3.Connection) -> str | None:
    """The name that the agent gave this store when it began it; None when it has none."""
    try:
        row = connection.execute("SELECT value FROM meta WHERE key = 'store_id'").fetchone()
    except sqlite3.OperationalError:
        return None
    return str(row[0]) if row else None


def carry(target: sqlite3.Connection, *, newer: Path, before: Path, way: Way) -> int:
    """Fill the copy with the rows of the newer file; how many of them could not come whole."""
    target.execute("ATTACH ? AS newer", (str(newer),))
    target.execute("ATTACH ? AS before", (str(before),))
    target.execute("BEGIN")
    lost = 0
    for table, _ in target.execute(_TABLES).fetchall():
        lost += _carry_table(target, table, way)
    if way is Way.TAKE:
        _carry_sequences(target)
    target.execute("COMMIT")
    return lost


def rescue(target: sqlite3.Connection, damaged: Path) -> None:
    """Put every row over the copy's that can still be read, from both ends towards the damage."""
    target.execute("BEGIN")
    with closing(sqlite3.connect(damaged)) as source:
        for table, _ in target.execute(_TABLES).fetchall():
            for direction in ("ASC", "DESC"):
                with suppress(sqlite3.Error, UnicodeError):
                    there = _columns(source, "main", table)
                    shared = ", ".join(_q(name) for name in _columns(target, "main", table) if name in there)
                    marks = ", ".join("?" * (shared.count(",") + 1))
                    rows = source.execute(f"SELECT {shared} FROM {_q(table)} ORDER BY rowid {direction}")
                    target.executemany(f"INSERT OR REPLACE INTO {_q(table)} ({shared}) VALUES ({marks})", rows)
    target.execute("COMMIT")


def _carry_table(target: sqlite3.Connection, table: str, way: Way) -> int:
    here, there = _columns(target, "main", table), _columns(target, "newer", table)
    if not there:
        return 0  # the newer form has no such table: what the copy has is all there is
    shared = {name: name for name in here if name in there} | _renamed(target, table)
    gone = [name for name in here if name not in shared]
    keys = [key for key in _keys(target, table) if key in shared]
    same = " AND ".join(f"n.{_q(shared[key])} = b.{_q(key)}" for key in keys) or "0"
    joined = f"FROM newer.{_q(table)} n LEFT JOIN before.{_q(table)} b ON {same}"
    chosen = ", ".join([*(f"n.{_q(name)}" for name in shared.values()), *(f"b.{_q(name)}" for name in gone)])
    names = ", ".join(map(_q, [*shared, *gone]))
    into = f"{way} INTO main.{_q(table)} ({names}) VALUES ({', '.join('?' * len(here))})"
    lost = 0
    if way is Way.TAKE:
        target.execute(f"DELETE FROM main.{_q(table)}")
        if gone:  # what is new since the copy has no value for these columns anywhere
            unmatched = f"b.{_q(keys[0]) if keys else 'rowid'} IS NULL"
            lost = int(target.execute(f"SELECT count(*) {joined} WHERE {unmatched}").fetchone()[0])
    order = "ORDER BY n.rowid" if _has_rowid(target, table) else ""
    refused = _insert(target, into, f"SELECT {chosen} {joined} {order}")
    return lost + (0 if table == "meta" else refused)


def _has_rowid(target: sqlite3.Connection, table: str) -> bool:
    try:
        target.execute(f"SELECT rowid FROM newer.{_q(table)} LIMIT 0")
    except sqlite3.OperationalError:
        return False
    return True


def _renamed(target: sqlite3.Connection, table: str) -> dict[str, str]:
    """Columns that have another name in the newer form: same place, same type, and neither name on the other side."""
    old = target.execute(f"PRAGMA main.table_info({_q(table)})").fetchall()
    new = target.execute(f"PRAGMA newer.table_info({_q(table)})").fetchall()
    old_names, new_names = {row[1] for row in old}, {row[1] for row in new}
    pairs = zip(old, new, strict=False)
    return {a[1]: b[1] for a, b in pairs if a[2] == b[2] and a[1] not in new_names and b[1] not in old_names}


def _insert(target: sqlite3.Connection, into: str, rows: str) -> int:
    """One by one, so that a row the old form has no place for does not keep the others away; how many there were."""
    refused = 0
    for row in target.execute(rows):
        try:
            refused += not target.execute(into, row).rowcount
        except sqlite3.IntegrityError:
            refused += 1
    return refused


def _carry_sequences(target: sqlite3.Connection) -> None:
    """A number that was used once is never used again, though its row may be gone."""
    with suppress(sqlite3.OperationalError):
        for table, last in target.execute("SELECT name, seq FROM newer.sqlite_sequence").fetchall():
            done = target.execute("UPDATE main.sqlite_sequence SET seq = max(seq, ?) WHERE name = ?", (last, table))
            if not done.rowcount and _columns(target, "main", table):
                target.execute("INSERT INTO main.sqlite_sequence (name, seq) VALUES (?, ?)", (table, last))


def _only_adds(newer: str, old: str) -> bool:
    """Whether a table's text is the old one with columns put in where ALTER TABLE puts them: in one place."""
    same = sum(1 for _ in takewhile(lambda letters: letters[0] == letters[1], zip(newer, old, strict=False)))
    more = len(newer) - len(old)
    added = newer[same : same + more].strip()
    fitting = not added or added.startswith(",") or added.endswith(",")
    return more >= 0 and newer.endswith(old[same:]) and fitting


def _obstacles(connection: sqlite3.Connection, tables: Sequence[str]) -> set[str]:
    """Triggers and unique indices of these tables."""
    rows = connection.execute("SELECT name, tbl_name, type, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    return {
        f"{name}: {sql}"
        for name, table, kind, sql in rows
        if table in tables and (kind == "trigger" or (kind == "index" and "UNIQUE" in sql.upper()))
    }


def _columns(connection: sqlite3.Connection, schema: str, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA {schema}.table_info({_q(table)})")]


def _keys(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in connection.execute(f"PRAGMA main.table_info({_q(table)})") if row[5]]


def _q(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
