"""Which containers belong to this fridge: what each said last, and what people call it.

Registration adds to the same table when a container is shown. Names of containers stay in this house.
"""

import re
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from befresh_agent.domain import stored
from befresh_agent.domain.container import Address
from befresh_agent.domain.food_names import typed_name
from befresh_agent.domain.phrase import Phrase
from befresh_agent.domain.quantities import restored
from befresh_agent.domain.reading import BroadcastOrigin, Reading
from befresh_agent.ports.clock import Clock
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ContainerContent

_JOINED = "SELECT address, added FROM containers ORDER BY rowid"

_EVERYBODY = """
    SELECT containers.*, (
        SELECT clock_synced FROM history
        WHERE history.address = containers.address AND at = CAST(strftime('%s', last_taken) AS INTEGER)
    ) AS last_synced FROM containers ORDER BY rowid
"""

_LONG_AGO = datetime.fromtimestamp(0, UTC)
"""Since when somebody is on the roster of whom that is garbled on disk."""


@dataclass(frozen=True, slots=True)
class RosterEntry:
    """A container on the roster and what it said last."""

    address: Address
    added: datetime
    last: Reading | None
    broadcasts: bool = False
    """It tells by itself and is never connected to."""
    heard: BroadcastOrigin = field(default_factory=BroadcastOrigin)
    """The counters of an encrypted container that broadcasts."""
    beliefs: str | None = None
    """What its next reading is compared with."""


class ContainerRoster:
    """Every call is one transaction and raises `StoreError` when it fails."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def addresses(self) -> tuple[Address, ...]:
        """Everybody, in the order they were added."""

        def work(connection: sqlite3.Connection) -> tuple[Address, ...]:
            return tuple(address for address, _ in _known(connection.execute(_JOINED)))

        return await self._database.run(work)

    async def joined(self) -> dict[Address, datetime]:
        """Everybody, and since when."""

        def work(connection: sqlite3.Connection) -> dict[Address, datetime]:
            return {address: _added(row) for address, row in _known(connection.execute(_JOINED))}

        return await self._database.run(work)

    async def list(self) -> tuple[RosterEntry, ...]:
        """Everybody with their last reading, in the order they were added."""

        def work(connection: sqlite3.Connection) -> tuple[RosterEntry, ...]:
            return tuple(_entry(address, row) for address, row in _known(connection.execute(_EVERYBODY)))

        return await self._database.run(work)

    async def add(self, address: Address) -> bool:
        """Whether it was not on the roster yet."""
        added = self._clock.now().isoformat()

        def work(connection: sqlite3.Connection) -> bool:
            statement = "INSERT INTO containers (address, added) VALUES (?, ?) ON CONFLICT DO NOTHING"
            return connection.execute(statement, (address, added)).rowcount > 0

        return await self._database.run(work)

    async def renew(self, address: Address) -> bool:
        """Take it for a new one: its counter may begin anew, and nothing is compared with what it said before.

        Whether it was on the roster.
        """
        added = self._clock.now().isoformat()
        statement = (
            "UPDATE containers SET added = ?, counter = NULL, counter_highest = NULL, beliefs = NULL WHERE address = ?"
        )
        return await self._database.run(lambda c: c.execute(statement, (added, address)).rowcount > 0)

    async def remove(self, address: Address) -> bool:
        """Whether it was on the roster."""

        def work(connection: sqlite3.Connection) -> bool:
            connection.execute("DELETE FROM visits WHERE address = ?", (address,))
            return connection.execute("DELETE FROM containers WHERE address = ?", (address,)).rowcount > 0

        return await self._database.run(work)


def _known(rows: Iterable[sqlite3.Row]) -> Iterator[tuple[Address, sqlite3.Row]]:
    """Without a row whose address is garbled on disk: nobody knows who that was."""
    for row in rows:
        if (address := stored.address(row["address"])) is not None:
            yield address, row


def _added(row: sqlite3.Row) -> datetime:
    return stored.moment(row["added"]) or _LONG_AGO


def _entry(address: Address, row: sqlite3.Row) -> RosterEntry:
    last_taken, last_reading = stored.moment(row["last_taken"]), stored.members(row["last_reading"])
    last = None
    if last_taken is not None and last_reading is not None:
        last = Reading(address, last_taken, restored(last_reading), clock_synced=row["last_synced"] != 0)
    heard = BroadcastOrigin(stored.whole(row["counter"]), stored.whole(row["counter_highest"]))
    beliefs = stored.text(row["beliefs"])
    return RosterEntry(address, _added(row), last, broadcasts=row["broadcasts"] == 1, heard=heard, beliefs=beliefs)


_ADDRESS = re.compile(r"\b(?:[0-9A-F]{2}:){5}[0-9A-F]{2}\b")


def title(address: str, names: Mapping[Address, str], contents: Mapping[Address, ContainerContent]) -> str:
    """What people say for a container: its name, else what is in it, else the end of its address."""
    known = Address(address)
    if name := names.get(known):
        return name
    food = contents[known].food if known in contents else None
    return food or Phrase("container {end}", end=address[-5:].replace(":", ""))


def titled(text: str, title: Callable[[str], str]) -> str:
    """The text with titles in place of all addresses."""
    return _ADDRESS.sub(lambda found: title(found[0]), text)


class ContainerNames:
    """Raises `StoreError`, `InvalidValue` for a name that is none."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Mapping[Address, str]:
        def work(connection: sqlite3.Connection) -> dict[Address, str]:
            rows = connection.execute("SELECT address, name FROM container_names")
            read = ((stored.address(row["address"]), stored.text(row["name"])) for row in rows)
            return {address: name for address, name in read if address is not None and name is not None}

        return await self._database.run(work)

    async def set_name(self, address: Address, name: str) -> None:
        """Call it that; an empty name takes its name away."""
        if not name.strip():
            await self._database.run(lambda c: c.execute("DELETE FROM container_names WHERE address = ?", (address,)))
            return
        values = (address, typed_name(name))
        statement = (
            "INSERT INTO container_names (address, name) VALUES (?, ?)"
            " ON CONFLICT (address) DO UPDATE SET name = excluded.name"
        )
        await self._database.run(lambda c: c.execute(statement, values))
