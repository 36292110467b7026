"""The readings' table: what containers said until it travels. Functions run inside a transaction."""

import sqlite3
from datetime import datetime

from befresh_agent.domain import stored
from befresh_agent.domain.container import Address
from befresh_agent.domain.messages import values_of
from befresh_agent.domain.quantities import restored
from befresh_agent.domain.reading import BroadcastOrigin, ClockAnchor, Reading, corrected
from befresh_agent.storage import history


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


def note_broadcast(connection: sqlite3.Connection, address: Address, heard: BroadcastOrigin) -> None:
    """The container tells by itself; an older packet than this one is refused from now on, after a restart too."""
    connection.execute(
        "UPDATE containers SET broadcasts = 1, counter = coalesce(?, counter),"
        " counter_highest = coalesce(?, counter_highest) WHERE address = ?",
        (heard.counter, heard.highest, address),
    )


def note_beliefs(connection: sqlite3.Connection, address: Address, beliefs: str) -> None:
    """What the container's next reading is compared with, after a restart too."""
    connection.execute("UPDATE containers SET beliefs = ? WHERE address = ?", (beliefs, address))


def correct(
    connection: sqlite3.Connection, now: ClockAnchor, wall: datetime
) -> list[tuple[Address, datetime, datetime]]:
    """Now that the clock is right: date anew what was taken by a wrong one in this run of the machine.

    Whose readings these are, when they were thought to be taken, and when they were.
    """
    undated = connection.execute(
        "SELECT number, address, taken_at, monotonic FROM readings WHERE NOT clock_synced AND boot = ?", (now.boot,)
    ).fetchall()
    corrected_ones = []
    for row in undated:
        right, address, was = _right(row, now, wall), stored.address(row["address"]), stored.moment(row["taken_at"])
        if right is not None and address is not None and was is not None:
            _date(connection, row, right.isoformat())
            history.correct(connection, address, was, right)
            corrected_ones.append((address, was, right))
    return corrected_ones


def _right(row: sqlite3.Row, now: ClockAnchor, wall: datetime) -> datetime | None:
    """When it was taken by the right clock; None where that is garbled on disk, which is told when it is taken."""
    monotonic = stored.number(row["monotonic"])
    try:
        return None if monotonic is None else corrected(ClockAnchor(now.boot, monotonic), now, wall)
    except OverflowError:
        return None


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
    """The reading; None when it is garbled on disk so far that nobody knows whose or when it was."""
    address, taken_at = stored.address(row["address"]), stored.moment(row["taken_at"])
    measured = stored.members(row["measured"])
    if address is None or taken_at is None or measured is None:
        return None
    return Reading(address, taken_at, restored(measured), clock_synced=stored.whole(row["clock_synced"]) == 1)
