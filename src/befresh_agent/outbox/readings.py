"""The readings' table: what containers said until it travels. Functions run inside a transaction."""

import sqlite3
from datetime import datetime

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.messages import measurement_of, values_of
from befresh_agent.domain.reading import Reading
from befresh_agent.record import history


def keep(connection: sqlite3.Connection, reading: Reading) -> None:
    """Append a reading, show it as its container's last one, and remember it."""
    measured = values_of(reading.values).to_bytes().decode()
    taken_at = reading.taken_at.isoformat()
    connection.execute(
        "INSERT INTO readings (address, taken_at, clock_synced, measured) VALUES (?, ?, ?, ?)",
        (reading.address, taken_at, reading.clock_synced, measured),
    )
    connection.execute(
        "UPDATE containers SET last_taken = ?, last_reading = ? WHERE address = ?",
        (taken_at, measured, reading.address),
    )
    history.add(connection, reading)


def note_broadcast(connection: sqlite3.Connection, address: Address, counter: int | None) -> None:
    """The container tells by itself; an older packet than this one is refused from now on, after a restart too."""
    connection.execute(
        "UPDATE containers SET broadcasts = 1, counter = coalesce(?, counter) WHERE address = ?", (counter, address)
    )


def take(connection: sqlite3.Connection, limit: int) -> tuple[list[Reading], int]:
    """Remove and return the oldest readings, and how many besides were garbled on disk."""
    rows = connection.execute("SELECT * FROM readings ORDER BY number LIMIT ?", (limit,)).fetchall()
    if rows:
        connection.execute("DELETE FROM readings WHERE number <= ?", (rows[-1]["number"],))
    taken = [reading for row in rows if (reading := _reading(row)) is not None]
    return taken, len(rows) - len(taken)


def _reading(row: sqlite3.Row) -> Reading | None:
    try:
        return Reading(
            parse_address(row["address"]),
            datetime.fromisoformat(row["taken_at"]),
            measurement_of(row["measured"]),
            bool(row["clock_synced"]),
        )
    except (TypeError, AttributeError, ValueError):
        return None
