"""The visits' table: how the latest visits of each container went. Functions run inside a transaction."""

import sqlite3
from collections.abc import Sequence

from befresh_agent.domain import stored
from befresh_agent.domain.container import Address
from befresh_agent.domain.visits import KEPT, VisitHistory, VisitRecord
from befresh_agent.storage.database import Database


class VisitLog:
    """Every call is one transaction and raises `StoreError` when it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def history_of(self, address: Address) -> VisitHistory | None:
        """What is known of one container; None when it is not on the roster."""

        def work(connection: sqlite3.Connection) -> VisitHistory | None:
            row = connection.execute("SELECT * FROM containers WHERE address = ?", (address,)).fetchone()
            return _history(connection, address, row) if row else None

        return await self._database.run(work)

    async def all(self) -> tuple[VisitHistory, ...]:
        """What is known of everybody on the roster, in the order they were added."""

        def work(connection: sqlite3.Connection) -> tuple[VisitHistory, ...]:
            rows = connection.execute("SELECT * FROM containers ORDER BY rowid").fetchall()
            known = ((stored.address(row["address"]), row) for row in rows)
            return tuple(_history(connection, address, row) for address, row in known if address is not None)

        return await self._database.run(work)


def _history(connection: sqlite3.Connection, address: Address, container: sqlite3.Row) -> VisitHistory:
    rows = connection.execute("SELECT * FROM visits WHERE address = ? ORDER BY number", (address,))
    latest = tuple(record for row in rows if (record := _record(address, row)) is not None)
    return VisitHistory(
        address,
        latest,
        attempts=stored.whole(container["attempts"]) or 0,
        radio_s=stored.number(container["radio_s"]) or 0.0,
    )


def _record(address: Address, row: sqlite3.Row) -> VisitRecord | None:
    """The visit; None when it was garbled on disk."""
    began, seconds = stored.moment(row["began"]), stored.number(row["seconds"])
    if began is None or seconds is None:
        return None
    return VisitRecord(address, began, seconds, good=row["good"] == 1, signal_dbm=stored.whole(row["signal_dbm"]))


def keep_visits(connection: sqlite3.Connection, visits: Sequence[VisitRecord]) -> None:
    """Append them, add them to what their containers cost so far, and forget the oldest ones."""
    connection.executemany(
        "INSERT INTO visits (address, began, seconds, good, signal_dbm) VALUES (?, ?, ?, ?, ?)",
        [(one.address, one.began.isoformat(), one.seconds, one.good, one.signal_dbm) for one in visits],
    )
    connection.executemany(
        "UPDATE containers SET attempts = attempts + 1, radio_s = radio_s + ? WHERE address = ?",
        [(one.seconds, one.address) for one in visits],
    )
    connection.executemany(
        "DELETE FROM visits WHERE address = ?1 AND number <="
        " (SELECT number FROM visits WHERE address = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)",
        [(address, KEPT) for address in {one.address for one in visits}],
    )


def drop_oldest_visits(connection: sqlite3.Connection, count: int) -> bool:
    """Forget so many of the oldest, to make room; whether there were any."""
    statement = "DELETE FROM visits WHERE number IN (SELECT number FROM visits ORDER BY number LIMIT ?)"
    return connection.execute(statement, (count,)).rowcount > 0
