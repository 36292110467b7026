"""The table `meta`: single facts that survive a restart, and how long the agent has run, by which rows age.

Functions run inside a transaction. No wall clock is asked, so one that leaps makes nothing old.
"""

import sqlite3

from befresh_agent.domain import stored

NOW = "(SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'running_s')"
"""What a row that is written now gets as its `ran_s`."""


_TABLES = ("outbox", "items", "item_notes")


def older_than(column: str, seconds: float) -> str:
    """Whether a row with that `ran_s` is older; one without is as old as the last sight of a release without ages."""
    since = "(SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'ageless_until_s')"
    return f"{NOW} - coalesce({column}, {since}) > {seconds:.0f}"


def begin(connection: sqlite3.Connection) -> None:
    """At every start: go on counting, from the newest row where the count was lost with a damaged file."""
    newest = " UNION ALL ".join(f"SELECT max(ran_s) AS ran_s FROM {table}" for table in _TABLES)
    now = connection.execute(f"SELECT max(coalesce(max(ran_s), 0), coalesce({NOW}, 0)) FROM ({newest})").fetchone()[0]
    write_fact(connection, "running_s", str(now))
    last = connection.execute("SELECT ran_s FROM outbox ORDER BY seq DESC LIMIT 1").fetchone()
    if last is not None and last["ran_s"] is None:  # after a rollback: what that release kept is not old yet
        write_fact(connection, "ageless_until_s", str(now))


def passed(connection: sqlite3.Connection, seconds: float) -> None:
    """So many seconds more."""
    connection.execute(
        "UPDATE meta SET value = CAST(value AS INTEGER) + ? WHERE key = 'running_s'", (max(0, round(seconds)),)
    )


def read_fact(connection: sqlite3.Connection, name: str) -> str:
    """What is known under that name; empty when nothing is."""
    row = connection.execute("SELECT value FROM meta WHERE key = ?", (name,)).fetchone()
    return (stored.text(row[0]) or "") if row else ""


def write_fact(connection: sqlite3.Connection, name: str, value: str) -> None:
    connection.execute("INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)", (name, value))


def forget_fact(connection: sqlite3.Connection, name: str) -> None:
    connection.execute("DELETE FROM meta WHERE key = ?", (name,))
