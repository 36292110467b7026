"""Whose database this is: a card that was copied, or restored from a backup, becomes a store of its own.

Two fridges with one store's name could not be told apart by whoever receives their messages. Functions for use inside a
transaction.
"""

import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

from befresh_agent.errors import BefreshError
from befresh_agent.storage import message_table
from befresh_agent.storage.meta_table import forget_fact, read_fact, write_fact

_MACHINE, _SUPERSEDED = "machine", "superseded_at"
RESTORED = "restored"
"""Noted in place of a machine: whatever it starts on next is another one."""


def settle(connection: sqlite3.Connection, machine: str) -> bool:
    """Note on which machine it runs; whether it came from another, and has got a new name for that."""
    before = read_fact(connection, _MACHINE)
    if not machine or before == machine:
        return False
    write_fact(connection, _MACHINE, machine)
    if not before:
        return False
    message_table.new_store(connection)
    return True


def note_restored(connection: sqlite3.Connection) -> None:
    """In a copy that goes to another card: it is the one that counts from now on."""
    write_fact(connection, _MACHINE, RESTORED)
    forget_fact(connection, _SUPERSEDED)


def supersede(connection: sqlite3.Connection, at: str) -> None:
    """Another card takes over: this one does not start again."""
    write_fact(connection, _SUPERSEDED, at)


def take_back(connection: sqlite3.Connection) -> None:
    """It does start again."""
    forget_fact(connection, _SUPERSEDED)


def superseded_at(connection: sqlite3.Connection) -> str:
    """When another card took over; empty while none has."""
    return read_fact(connection, _SUPERSEDED)


def change(database: Path, work: Callable[[sqlite3.Connection], None]) -> None:
    """Change a database that no agent has open. Raises `BefreshError`."""
    try:
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            connection.row_factory = sqlite3.Row
            work(connection)
    except sqlite3.Error as error:
        raise BefreshError(f"{database}: {error}") from error


def holds_something(database: Path) -> bool:
    """Whether foods, containers or messages are in it; also one that cannot be read."""
    try:
        with contextlib.closing(sqlite3.connect(database)) as connection:
            tables = ("items", "containers", "outbox")
            return any(connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in tables)
    except sqlite3.Error:
        return True
