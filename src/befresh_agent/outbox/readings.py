"""The readings' table: what containers said until it travels. Functions run inside a transaction."""

import json
import sqlite3
from datetime import datetime

from befresh_agent.domain.container import Address
from befresh_agent.domain.messages import values_of
from befresh_agent.domain.reading import Measurement, Reading


def keep(connection: sqlite3.Connection, reading: Reading) -> None:
    """Append a reading and show it as its container's last one."""
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


def take(connection: sqlite3.Connection, limit: int) -> list[Reading]:
    """Remove and return the oldest readings."""
    rows = connection.execute("SELECT * FROM readings ORDER BY number LIMIT ?", (limit,)).fetchall()
    if rows:
        connection.execute("DELETE FROM readings WHERE number <= ?", (rows[-1]["number"],))
    return [
        Reading(
            Address(row["address"]),
            datetime.fromisoformat(row["taken_at"]),
            Measurement(**json.loads(row["measured"])),
            bool(row["clock_synced"]),
        )
        for row in rows
    ]
