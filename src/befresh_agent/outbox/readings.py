"""The readings' table: what containers said until it travels. Functions run inside a transaction."""

import sqlite3
from datetime import datetime

from befresh_agent.domain.clock_step import Anchor, corrected
from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.messages import measurement_of, values_of
from befresh_agent.domain.reading import Reading
from befresh_agent.record import history


def keep(connection: sqlite3.Connection, reading: Reading) -> None:
    """Append a reading, show it as its container's last one, and remember it."""
    measured = values_of(reading.values).to_bytes().decode()
    taken_at, anchor = reading.taken_at.isoformat(), reading.anchor
    connection.execute(
        "INSERT INTO readings (address, taken_at, clock_synced, measured, boot, monotonic) VALUES (?, ?, ?, ?, ?, ?)",
        (
            reading.address,
            taken_at,
            reading.clock_synced,
            measured,
            anchor and anchor.boot,
            anchor and anchor.monotonic,
        ),
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


def correct(connection: sqlite3.Connection, now: Anchor, wall: datetime) -> int:
    """Now that the clock is right: date anew what was taken by a wrong one in this run of the machine; how many."""
    undated = connection.execute(
        "SELECT number, address, taken_at, monotonic FROM readings WHERE NOT clock_synced AND boot = ?", (now.boot,)
    ).fetchall()
    count = 0
    for row in undated:
        try:
            was, address = datetime.fromisoformat(row["taken_at"]), parse_address(row["address"])
            right = corrected(Anchor(now.boot, float(row["monotonic"])), now, wall)
        except (TypeError, AttributeError, ValueError, OverflowError):
            continue  # garbled on disk, which is told when it is taken
        if right is not None:
            _date(connection, row, right.isoformat())
            history.correct(connection, address, was, right)
            count += 1
    return count


def _date(connection: sqlite3.Connection, row: sqlite3.Row, right: str) -> None:
    connection.execute(
        "UPDATE readings SET taken_at = ?, clock_synced = 1 WHERE number = ?",
        (right, row["number"]),
    )
    connection.execute(
        "UPDATE containers SET last_taken = ? WHERE address = ? AND last_taken = ?",
        (right, row["address"], row["taken_at"]),
    )


def take(connection: sqlite3.Connection, limit: int, waiting: str | None = None) -> tuple[list[Reading], int]:
    """Remove and return the oldest readings, and how many besides were garbled on disk.

    What was taken by a wrong clock in the run `waiting` of the machine stays: that clock may yet be set.
    """
    which = "(clock_synced OR boot IS NOT :waiting)" if waiting else "true"
    known = {"waiting": waiting, "limit": limit}
    rows = connection.execute(f"SELECT * FROM readings WHERE {which} ORDER BY number LIMIT :limit", known).fetchall()
    if rows:
        last = {**known, "last": rows[-1]["number"]}
        connection.execute(f"DELETE FROM readings WHERE number <= :last AND {which}", last)
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
