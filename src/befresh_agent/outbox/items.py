"""The items' table: registered foods until, and after, they travel. Functions run inside a transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime

from befresh_agent.domain.container import parse_address
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.messages import food_entry

_UNNAMED = """SELECT * FROM items WHERE state = 'unnamed'
    AND id NOT IN (SELECT item FROM item_notes WHERE gone_at IS NOT NULL) ORDER BY rowid"""


def add(connection: sqlite3.Connection, session: str, item: FoodItem) -> None:
    """Keep an item; a container's address joins the roster."""
    joined = connection.execute(
        "INSERT OR IGNORE INTO containers (address, added) SELECT ?1, ?2 WHERE ?1 IS NOT NULL",
        (item.address, item.registered_at.isoformat()),
    ).rowcount
    connection.execute(
        "INSERT INTO items (id, session, kind, name, address, expires_on, registered_at, joined, product, lot)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            item.id,
            session,
            int(item.kind),
            item.name,
            item.address,
            item.expires_on.isoformat() if item.expires_on else None,
            item.registered_at.isoformat(),
            joined,
            item.product,
            item.lot,
        ),
    )


def remove(connection: sqlite3.Connection, item_ids: Iterable[str]) -> int:
    """Take items back that have not travelled, and out of the roster the containers they brought; how many."""
    removed = 0
    for item_id in item_ids:
        row = connection.execute(
            "DELETE FROM items WHERE id = ? AND state <> 'sent' RETURNING joined, address", (item_id,)
        ).fetchone()
        removed += row is not None
        if row is not None and row["joined"]:
            _leave_roster(connection, row["address"])
    return removed


def _leave_roster(connection: sqlite3.Connection, address: str) -> None:
    heir = connection.execute("SELECT id FROM items WHERE address = ? LIMIT 1", (address,)).fetchone()
    if heir is None:
        connection.execute("DELETE FROM containers WHERE address = ?", (address,))
    else:  # the same container was registered again meanwhile: it stays as long as that item does
        connection.execute("UPDATE items SET joined = 1 WHERE id = ?", (heir["id"],))


def of_session(connection: sqlite3.Connection, session: str) -> list[FoodItem]:
    """The open items of a session in the order they were registered."""
    return _items(
        connection.execute("SELECT * FROM items WHERE session = ? AND state = 'open' ORDER BY rowid", (session,))
    )


def unnamed(connection: sqlite3.Connection) -> list[FoodItem]:
    return _items(connection.execute(_UNNAMED))


def open_sessions(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT session FROM items WHERE state = 'open' GROUP BY session ORDER BY min(rowid)")
    return [row[0] for row in rows]


def find(connection: sqlite3.Connection, item_id: str) -> tuple[FoodItem, str] | None:
    """An item and its state."""
    row = connection.execute("SELECT * FROM items WHERE id = ?", (item_id,)).fetchone()
    item = item_of(row) if row else None
    return (item, row["state"]) if item else None


def rename(connection: sqlite3.Connection, item_id: str, name: str) -> None:
    connection.execute("UPDATE items SET name = ? WHERE id = ?", (name, item_id))


def set_sent(connection: sqlite3.Connection, items: Sequence[FoodItem], seq: int) -> None:
    connection.executemany("UPDATE items SET state = 'sent', seq = ? WHERE id = ?", [(seq, item.id) for item in items])


def set_unnamed(connection: sqlite3.Connection, session: str) -> None:
    """What is left of a session waits for its names."""
    connection.execute("UPDATE items SET state = 'unnamed' WHERE session = ? AND state = 'open'", (session,))


def _items(rows: Iterable[sqlite3.Row]) -> list[FoodItem]:
    return [item for row in rows if (item := item_of(row)) is not None]


def item_of(row: sqlite3.Row) -> FoodItem | None:
    """The item; None when it is garbled on disk."""
    try:
        item = FoodItem(
            row["id"],
            FoodType(row["kind"]),
            row["name"],
            datetime.fromisoformat(row["registered_at"]),
            parse_address(row["address"]) if row["address"] else None,
            date.fromisoformat(row["expires_on"]) if row["expires_on"] else None,
            row["product"],
            row["lot"],
        )
        food_entry(replace(item, name=item.name or "?"))
    except (TypeError, AttributeError, ValueError):
        return None
    return item
