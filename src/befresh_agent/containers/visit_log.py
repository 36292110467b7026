"""How the visits went, from disk: for `status`, the page and `plan --from-history`."""

import sqlite3
from datetime import datetime

from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.visit_history import VisitHistory, VisitRecord


class VisitLog:
    """Every call is one transaction and raises `StoreError` when it fails."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, address: Address) -> VisitHistory | None:
        """What is known of one container; None when it is not on the roster."""

        def work(connection: sqlite3.Connection) -> VisitHistory | None:
            row = connection.execute("SELECT * FROM containers WHERE address = ?", (address,)).fetchone()
            return _history(connection, row) if row else None

        return await self._database.run(work)

    async def all(self) -> tuple[VisitHistory, ...]:
        """What is known of everybody on the roster, in the order they were added."""

        def work(connection: sqlite3.Connection) -> tuple[VisitHistory, ...]:
            rows = connection.execute("SELECT * FROM containers ORDER BY rowid").fetchall()
            return tuple(_history(connection, row) for row in rows)

        return await self._database.run(work)


def _history(connection: sqlite3.Connection, container: sqlite3.Row) -> VisitHistory:
    address = Address(container["address"])
    rows = connection.execute("SELECT * FROM visits WHERE address = ? ORDER BY number", (address,))
    latest = tuple(record for row in rows if (record := _record(address, row)) is not None)
    return VisitHistory(address, latest, container["attempts"], container["radio_s"])


def _record(address: Address, row: sqlite3.Row) -> VisitRecord | None:
    """The visit; None when it was garbled on disk."""
    try:
        began = datetime.fromisoformat(row["began"])
        return VisitRecord(address, began, float(row["seconds"]), bool(row["good"]), row["signal_dbm"])
    except (TypeError, ValueError):
        return None
