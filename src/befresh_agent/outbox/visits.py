"""The visits' table: how each visit went, the latest of every container. Functions run inside a transaction."""

import sqlite3
from collections.abc import Sequence

from befresh_agent.domain.visit_history import KEPT, VisitRecord


def keep(connection: sqlite3.Connection, visits: Sequence[VisitRecord]) -> None:
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


def give_up(connection: sqlite3.Connection, count: int) -> bool:
    """Forget so many of the oldest, to make room; whether there were any."""
    statement = "DELETE FROM visits WHERE number IN (SELECT number FROM visits ORDER BY number LIMIT ?)"
    return connection.execute(statement, (count,)).rowcount > 0
