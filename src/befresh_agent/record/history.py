"""What containers said over the last weeks: kept with every reading, asked by charts, trends and records.

The functions run inside a transaction; `History` asks through the agent's database, or a guest's.
"""

import math
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.gatt import Quantity
from befresh_agent.domain.reading import Measurement, Reading
from befresh_agent.domain.series import Point, Span

CURVES = (Quantity.TEMPERATURE, Quantity.HUMIDITY, Quantity.GAS, Quantity.NH3)
_POINTS = 240
_AT_ONCE = 500
"""Rows in one transaction: others wait for the database's thread meanwhile."""
_DAY_S = 86_400

_EVERYBODY = """
    WITH RECURSIVE known (address) AS (
        SELECT min(address) FROM history
        UNION ALL SELECT (SELECT min(address) FROM history WHERE address > known.address) FROM known
        WHERE known.address IS NOT NULL
    ) SELECT address FROM known WHERE address IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Content:
    """What is in a container."""

    food: str | None
    since: float
    """Seconds since 1970."""


Curves = Mapping[Quantity, tuple[Point, ...]]


def add(connection: sqlite3.Connection, reading: Reading) -> None:
    """Keep a reading; a second one of the same second takes the place of the first."""
    values = reading.values
    connection.execute(
        "INSERT OR REPLACE INTO history (address, at, clock_synced, temperature, humidity, pressure, co2, gas, nh3)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            reading.address,
            int(reading.taken_at.timestamp()),
            reading.clock_synced,
            values.temperature,
            values.humidity,
            values.pressure,
            values.co2,
            values.gas,
            values.nh3,
        ),
    )


def correct(connection: sqlite3.Connection, address: Address, was: datetime, right: datetime) -> None:
    """What was measured before the clock was set gets its right time."""
    connection.execute(
        "UPDATE OR REPLACE history SET at = ?, clock_synced = 1 WHERE address = ? AND at = ? AND NOT clock_synced",
        (int(right.timestamp()), address, int(was.timestamp())),
    )


def forget(connection: sqlite3.Connection, before: float) -> bool:
    """Delete some of what was measured before that time; whether more of it may be left."""
    left = _AT_ONCE
    for address in everybody(connection):
        left -= connection.execute(
            "DELETE FROM history WHERE address = ?1 AND at IN"
            " (SELECT at FROM history WHERE address = ?1 AND at < ?2 ORDER BY at LIMIT ?3)",
            (address, before, left),
        ).rowcount
    return left <= 0


def forget_oldest(connection: sqlite3.Connection) -> int:
    """Delete the oldest day there is; how many readings that were."""
    oldest = [
        connection.execute("SELECT min(at) FROM history WHERE address = ?", (address,)).fetchone()[0]
        for address in everybody(connection)
    ]
    if not oldest:
        return 0
    before = connection.total_changes
    while forget(connection, min(oldest) + _DAY_S):
        pass
    return connection.total_changes - before


def everybody(connection: sqlite3.Connection) -> list[Address]:
    """Every container that is remembered, whether or not it is still on the roster."""
    return [Address(row["address"]) for row in connection.execute(_EVERYBODY)]


def curves(connection: sqlite3.Connection, address: Address, within: Span, step_s: int) -> Curves:
    """What was measured from `begin` up to but not including `end`, drawn together over `step_s` seconds each."""
    columns = ", ".join(f"avg({q}) {q}, min({q}) {q}_low, max({q}) {q}_high" for q in CURVES)
    rows = connection.execute(
        f"SELECT min(at) first, max(at) last, {columns} FROM history"
        " WHERE address = ? AND at >= ? AND at < ? GROUP BY at / ? ORDER BY first",
        (address, math.ceil(within.begin), math.ceil(within.end), step_s),
    ).fetchall()
    return {
        quantity: tuple(
            Point(row["first"], row["last"], row[quantity], row[f"{quantity}_low"], row[f"{quantity}_high"])
            for row in rows
            if row[quantity] is not None
        )
        for quantity in CURVES
    }


def some(connection: sqlite3.Connection, address: Address, within: Span) -> list[Reading]:
    """The oldest readings from `begin` up to but not including `end`, as many as are read at once."""
    rows = connection.execute(
        "SELECT * FROM history WHERE address = ? AND at >= ? AND at < ? ORDER BY at LIMIT ?",
        (address, math.ceil(within.begin), math.ceil(within.end), _AT_ONCE),
    )
    return list(_readings(rows))


def latest(connection: sqlite3.Connection) -> dict[Address, float]:
    """When each container was measured last, seconds since 1970."""
    newest = "SELECT max(at) FROM history WHERE address = ?"
    return {address: connection.execute(newest, (address,)).fetchone()[0] for address in everybody(connection)}


def contents(connection: sqlite3.Connection) -> dict[Address, Content]:
    """What was registered in each container last, and is still there."""
    rows = connection.execute(
        "SELECT i.address, COALESCE(n.name, i.name) AS name, i.registered_at, n.gone_at"
        " FROM items AS i LEFT JOIN item_notes AS n ON n.item = i.id WHERE i.address IS NOT NULL ORDER BY i.rowid"
    )
    return {
        Address(row["address"]): Content(None if row["gone_at"] else row["name"], _seconds(row["registered_at"]))
        for row in rows
    }


class History:
    """Every call is one or more short transactions, and raises `StoreError` when it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def everybody(self) -> Sequence[Address]:
        return await self._database.run(everybody)

    async def latest(self) -> Mapping[Address, float]:
        return await self._database.run(latest)

    async def contents(self) -> Mapping[Address, Content]:
        return await self._database.run(contents)

    async def curves(self, address: Address, within: Span, *, points: int = _POINTS) -> Curves:
        """At most so many points of each quantity."""
        step_s = max(1, math.ceil(within.seconds / max(1, points - 1)))
        return await self.steps(address, within, step_s=step_s)

    async def steps(self, address: Address, within: Span, *, step_s: int) -> Curves:
        """One point for every `step_s` seconds in which something was measured."""
        return await self._database.run(lambda c: curves(c, address, within, step_s))

    async def readings(self, address: Address, within: Span) -> list[Reading]:
        """Every reading from `begin` up to but not including `end`, in order; times in UTC."""
        return [reading async for part in self.parts(address, within) for reading in part]

    async def parts(self, address: Address, within: Span) -> AsyncIterator[list[Reading]]:
        """The same, some at once; none of the parts is empty."""
        begin = within.begin
        while part := await self._database.run(partial(some, address=address, within=Span(begin, within.end))):
            yield part
            begin = part[-1].taken_at.timestamp() + 1

    async def prune(self, before: datetime) -> None:
        """Forget what was measured before that time."""
        while await self._database.run(lambda c: forget(c, before.timestamp())):
            pass


def _seconds(text: str) -> float:
    """The time; long ago when it is garbled on disk."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except (TypeError, ValueError):
        return 0.0


def _readings(rows: sqlite3.Cursor) -> Iterator[Reading]:
    for row in rows:
        values = Measurement(*(row[quantity] for quantity in Quantity))
        yield Reading(
            Address(row["address"]), datetime.fromtimestamp(row["at"], UTC), values, bool(row["clock_synced"])
        )
