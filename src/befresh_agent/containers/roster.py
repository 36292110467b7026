"""Who is asked in the rotation, kept in the database. Registration adds to the same table when a container is shown."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.reading import Measurement, Reading
from befresh_agent.ports.clock import Clock

_EVERYBODY = """
    SELECT containers.*, (
        SELECT clock_synced FROM history
        WHERE history.address = containers.address AND at = CAST(strftime('%s', last_taken) AS INTEGER)
    ) AS last_synced FROM containers ORDER BY rowid
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """A container on the roster and what it said last."""

    address: Address
    added: datetime
    last: Reading | None
    broadcasts: bool = False
    """It tells by itself and is never connected to."""
    counter: int | None = None
    """The last one of an encrypted container that broadcasts."""


class Roster:
    """Every call is one transaction and raises `StoreError` when it fails."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def addresses(self) -> tuple[Address, ...]:
        """Everybody, in the order they were added."""

        def work(connection: sqlite3.Connection) -> tuple[Address, ...]:
            rows = connection.execute("SELECT address FROM containers ORDER BY rowid")
            return tuple(Address(row["address"]) for row in rows)

        return await self._database.run(work)

    async def joined(self) -> dict[Address, datetime]:
        """Everybody, and since when."""

        def work(connection: sqlite3.Connection) -> dict[Address, datetime]:
            rows = connection.execute("SELECT address, added FROM containers ORDER BY rowid")
            return {Address(row["address"]): datetime.fromisoformat(row["added"]) for row in rows}

        return await self._database.run(work)

    async def list(self) -> tuple[Entry, ...]:
        """Everybody with their last reading, in the order they were added."""

        def work(connection: sqlite3.Connection) -> tuple[Entry, ...]:
            return tuple(_entry(row) for row in connection.execute(_EVERYBODY))

        return await self._database.run(work)

    async def add(self, address: Address) -> bool:
        """Whether it was not on the roster yet."""
        added = self._clock.now().isoformat()

        def work(connection: sqlite3.Connection) -> bool:
            statement = "INSERT INTO containers (address, added) VALUES (?, ?) ON CONFLICT DO NOTHING"
            return connection.execute(statement, (address, added)).rowcount > 0

        return await self._database.run(work)

    async def remove(self, address: Address) -> bool:
        """Whether it was on the roster."""

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM visits WHERE address = ?", (address,))
            return connection.execute("DELETE FROM containers WHERE address = ?", (address,)).rowcount > 0

        return await self._database.run(work)


def _entry(row: sqlite3.Row) -> Entry:
    address = Address(row["address"])
    last = None
    if row["last_taken"] and row["last_reading"]:
        values = Measurement(**json.loads(row["last_reading"]))
        last = Reading(address, datetime.fromisoformat(row["last_taken"]), values, row["last_synced"] != 0)
    added = datetime.fromisoformat(row["added"])
    return Entry(address, added, last, bool(row["broadcasts"]), row["counter"])
