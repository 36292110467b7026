"""What containers said over the last weeks: kept with every reading, asked by charts, trends and records.

The functions run inside a transaction; `ReadingHistory` asks through the agent's database, or a guest's.
"""

import math
import sqlite3
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import partial

from befresh_agent.domain import stored
from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.quantities import Quantity, restored, shown
from befresh_agent.domain.reading import Reading, SeriesPoint, TimeSpan
from befresh_agent.storage import meta_table, sealed_rows
from befresh_agent.storage.database import Database

CURVES = shown()
_POINTS = 240
_AT_ONCE = 500
"""Rows in one transaction: others wait for the database's thread meanwhile."""
_DAY_S = 86_400
_BEYOND = 2**53
"""No sensor says so much; texts and blobs, which a disk may make of a number, are beyond any in SQLite's order."""
_IN_TIME = "at BETWEEN 0 AND 253402300799"
"""Until the end of the year 9999; the same keeps out what is no time at all."""
AT_A_TURN = 100
"""Readings of a container that are forgotten at a turn: ten times what it says between two of them."""

_EVERYBODY = """
    WITH RECURSIVE known (address) AS (
        SELECT min(address) FROM history
        UNION ALL SELECT (SELECT min(address) FROM history WHERE address > known.address) FROM known
        WHERE known.address IS NOT NULL
    ) SELECT address FROM known WHERE address IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class ContainerContent:
    """What is in a container."""

    food: str | None
    since: float
    """Seconds since 1970."""
    use_by: date | None = None


Curves = Mapping[Quantity, tuple[SeriesPoint, ...]]


def add(connection: sqlite3.Connection, reading: Reading) -> None:
    """Keep a reading; where its second is taken (a clock that was put back repeats an hour), the next free one."""
    columns: dict[str, object] = {
        "address": reading.address,
        "at": _free_second(connection, reading.address, reading.taken_at),
        "clock_synced": reading.clock_synced,
        **{quantity.value: reading.values.of(quantity) for quantity in Quantity},
    }
    names, marks = ", ".join(columns), ", ".join(f":{name}" for name in columns)
    connection.execute(f"INSERT INTO history ({names}, ran_s) VALUES ({marks}, {meta_table.NOW})", columns)


def remember(connection: sqlite3.Connection, past: Iterable[tuple[FoodItem, Iterable[Reading]]]) -> None:
    """Put what was before the story begins into a database that remembers nothing: foods, and what containers said."""
    if connection.execute("SELECT 1 FROM history LIMIT 1").fetchone():
        return
    for food, readings in past:
        connection.execute(
            "INSERT INTO items (id, session, kind, name, address, registered_at, state)"
            " VALUES (?, '', ?, ?, ?, ?, 'sent')",
            (food.id, int(food.kind), food.name, food.address, food.registered_at.isoformat()),
        )
        for reading in readings:
            add(connection, reading)


def correct(connection: sqlite3.Connection, address: Address, was: datetime, right: datetime) -> None:
    """What was measured before the clock was set gets its right time."""
    at = _free_second(connection, address, right)
    connection.execute(
        "UPDATE history SET at = ?, clock_synced = 1 WHERE address = ? AND at = ? AND NOT clock_synced",
        (at, address, int(was.timestamp())),
    )


def _free_second(connection: sqlite3.Connection, address: Address, time: datetime) -> int:
    at = int(time.timestamp())
    taken = "SELECT 1 FROM history WHERE address = ? AND at = ?"
    while connection.execute(taken, (address, at)).fetchone():
        at += 1
    return at


def forget(connection: sqlite3.Connection, address: Address, kept_s: float) -> None:
    """Delete what a container said longer ago than that: at most a few of its readings at a turn, from both ends.

    Those at the far end were dated by a clock that went ahead.
    """
    for order in ("", "DESC"):
        connection.execute(
            "DELETE FROM history WHERE address = ?1 AND at IN (SELECT at FROM"
            f" (SELECT at, ran_s FROM history WHERE address = ?1 ORDER BY at {order} LIMIT ?2)"
            f" WHERE {meta_table.older_than('ran_s', kept_s)})",
            (address, AT_A_TURN),
        )


def forget_oldest(connection: sqlite3.Connection) -> int:
    """Delete the oldest day there is; how many readings that were."""
    oldest = [
        connection.execute(f"SELECT min(at) FROM history WHERE address = ? AND {_IN_TIME}", (address,)).fetchone()[0]
        for address in everybody(connection)
    ]
    oldest = [at for at in oldest if at is not None]
    if not oldest:
        return 0
    return connection.executemany(
        "DELETE FROM history WHERE address = ? AND at < ?",
        [(address, min(oldest) + _DAY_S) for address in everybody(connection)],
    ).rowcount


def everybody(connection: sqlite3.Connection) -> list[Address]:
    """Every container that is remembered, whether or not it is still on the roster."""
    found = (stored.address(row["address"]) for row in connection.execute(_EVERYBODY))
    return [address for address in found if address is not None]


def curves(connection: sqlite3.Connection, address: Address, within: TimeSpan, step_s: int) -> Curves:
    """What was measured from `begin` up to but not including `end`, drawn together over `step_s` seconds each."""
    columns = ", ".join(f"{_over(q, 'avg')} {q}, {_over(q, 'min')} {q}_low, {_over(q, 'max')} {q}_high" for q in CURVES)
    rows = connection.execute(
        f"SELECT min(at) first, max(at) last, {columns} FROM history"
        " WHERE address = ? AND at >= ? AND at < ? GROUP BY at / ? ORDER BY first",
        (address, math.ceil(within.begin), math.ceil(within.end), step_s),
    ).fetchall()
    return {
        quantity: tuple(
            SeriesPoint(
                first=row["first"],
                last=row["last"],
                mean=row[quantity],
                low=row[f"{quantity}_low"],
                high=row[f"{quantity}_high"],
            )
            for row in rows
            if row[quantity] is not None
        )
        for quantity in CURVES
    }


def _over(quantity: Quantity, function: str) -> str:
    """Over numbers only: of a text that the disk made of one, SQLite's mean would be nought."""
    return f"{function}({quantity}) FILTER (WHERE {quantity} BETWEEN {-_BEYOND} AND {_BEYOND})"


def some(connection: sqlite3.Connection, address: Address, within: TimeSpan) -> list[Reading]:
    """The oldest readings from `begin` up to but not including `end`, as many as are read at once."""
    rows = connection.execute(
        "SELECT * FROM history WHERE address = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?",
        (address, math.ceil(within.begin), math.ceil(within.end), _AT_ONCE),
    )
    return list(_readings(rows))


def latest(connection: sqlite3.Connection) -> dict[Address, float]:
    """When each container was measured last, seconds since 1970."""
    newest = f"SELECT max(at) FROM history WHERE address = ? AND {_IN_TIME}"
    found = ((address, connection.execute(newest, (address,)).fetchone()[0]) for address in everybody(connection))
    return {address: at for address, at in found if at is not None}


def contents(connection: sqlite3.Connection) -> dict[Address, ContainerContent]:
    """What was registered in each container last, and is still there."""
    rows = connection.execute(
        "SELECT i.address, COALESCE(n.name, i.name) AS name, i.registered_at, n.gone_at,"
        " COALESCE(n.use_by, i.expires_on) AS use_by"
        " FROM items AS i LEFT JOIN item_notes AS n ON n.item = i.id WHERE i.address IS NOT NULL ORDER BY i.rowid"
    )
    return {
        address: ContainerContent(None, _seconds(row["registered_at"])) if row["gone_at"] else _content(row)
        for row in rows
        if (address := stored.address(row["address"])) is not None
    }


def _content(row: sqlite3.Row) -> ContainerContent:
    return ContainerContent(stored.text(row["name"]), _seconds(row["registered_at"]), stored.day(row["use_by"]))


def temperatures(connection: sqlite3.Connection, address: Address, within: TimeSpan) -> list[tuple[float, float]]:
    """Seconds since 1970 and degrees Celsius from `begin` to `end`, in order."""
    rows = connection.execute(
        "SELECT at, temperature FROM history WHERE address = ? AND at BETWEEN ? AND ?"
        f" AND temperature BETWEEN {-_BEYOND} AND {_BEYOND} ORDER BY at",
        (address, math.floor(within.begin), math.ceil(within.end)),
    )
    return [(float(row["at"]), float(row["temperature"])) for row in rows]


class ReadingHistory:
    """Every call is one or more short transactions, and raises `StoreError` when it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def everybody(self) -> Sequence[Address]:
        return await self._database.run(everybody)

    async def latest(self) -> Mapping[Address, float]:
        return await self._database.run(latest)

    async def contents(self) -> Mapping[Address, ContainerContent]:
        return await self._database.run(contents)

    async def curves(self, address: Address, within: TimeSpan, *, points: int = _POINTS) -> Curves:
        """At most so many points of each quantity."""
        step_s = max(1, math.ceil(within.seconds / max(1, points - 1)))
        return await self.steps(address, within, step_s=step_s)

    async def steps(self, address: Address, within: TimeSpan, *, step_s: int) -> Curves:
        """One point for every `step_s` seconds in which something was measured."""
        return await self._database.run(lambda c: curves(c, address, within, step_s))

    async def temperatures(self, address: Address, within: TimeSpan) -> list[tuple[float, float]]:
        """What was measured from `begin` to `end`, in order: seconds since 1970 and degrees Celsius."""
        return await self._database.run(lambda c: temperatures(c, address, within))

    async def readings(self, address: Address, within: TimeSpan) -> list[Reading]:
        """Every reading from `begin` up to but not including `end`, in order; times in UTC."""
        return [reading async for part in self.parts(address, within) for reading in part]

    async def parts(self, address: Address, within: TimeSpan) -> AsyncIterator[list[Reading]]:
        """The same, some at once; none of the parts is empty."""
        begin = within.begin
        while part := await self._database.run(partial(some, address=address, within=TimeSpan(begin, within.end))):
            yield part
            begin = part[-1].taken_at.timestamp() + 1

    async def seal(self) -> Mapping[str, object] | None:
        """The newest signed head of the sealed log; None where there is none."""
        return await self._database.run(sealed_rows.newest_head)

    async def prune(self, kept_s: float) -> None:
        """Forget what was measured longer ago than that: some of it, more at the next turn."""
        for address in await self._database.run(everybody):
            await self._database.run(partial(forget, address=address, kept_s=kept_s))


def _seconds(text: object) -> float:
    """The time; long ago when it is garbled on disk."""
    found = stored.moment(text)
    return found.timestamp() if found else 0.0


def _readings(rows: sqlite3.Cursor) -> Iterator[Reading]:
    for row in rows:
        taken_at = datetime.fromtimestamp(row["at"], UTC)
        yield Reading(Address(row["address"]), taken_at, restored(dict(row)), clock_synced=row["clock_synced"] == 1)
