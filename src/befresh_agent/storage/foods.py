"""The items' table, and what a person corrected by hand beside it. Functions run inside a transaction."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace

from befresh_agent.domain import stored
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.food_names import kept_name
from befresh_agent.domain.messages import food_entry
from befresh_agent.errors import InvalidValue
from befresh_agent.storage import meta_table

_UNNAMED = """SELECT * FROM items WHERE state = 'unnamed'
    AND id NOT IN (SELECT item FROM item_notes WHERE gone_at IS NOT NULL) ORDER BY rowid"""


def add(connection: sqlite3.Connection, session: str, item: FoodItem) -> None:
    """Keep an item; a container's address joins the roster."""
    joined = connection.execute(
        "INSERT OR IGNORE INTO containers (address, added) SELECT ?1, ?2 WHERE ?1 IS NOT NULL",
        (item.address, item.registered_at.isoformat()),
    ).rowcount
    connection.execute(
        "INSERT INTO items (id, session, kind, name, address, expires_on, registered_at, joined, product, lot, doubted,"
        " heard, ran_s)"
        f" VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, {meta_table.NOW})",
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
            int(item.doubted),
            item.heard,
        ),
    )
    if item.address is not None:
        _take_for_gone(connection, item)


def _take_for_gone(connection: sqlite3.Connection, item: FoodItem) -> None:
    """A container that is filled again has been emptied; the page asks whether that is so."""
    connection.execute(
        "INSERT INTO item_notes (item, gone_at, replaced_by, ran_s)"
        f" SELECT i.id, ?1, ?2, {meta_table.NOW} FROM items AS i LEFT JOIN item_notes AS n ON n.item = i.id"
        " WHERE i.address = ?3 AND i.id <> ?2 AND n.gone_at IS NULL"
        " ON CONFLICT (item) DO UPDATE SET gone_at = ?1, replaced_by = ?2, ran_s = excluded.ran_s",
        (item.registered_at.isoformat(), item.id, item.address),
    )


def _bring_back_replaced(connection: sqlite3.Connection, item_id: str) -> None:
    """What was taken for gone because of this item is there after all."""
    connection.execute(
        "UPDATE item_notes SET gone_at = NULL, replaced_by = NULL WHERE replaced_by = ? AND fate IS NULL", (item_id,)
    )


def remove(connection: sqlite3.Connection, item_ids: Iterable[str]) -> int:
    """Take items back that have not travelled, and out of the roster the containers they brought; how many."""
    removed = 0
    for item_id in item_ids:
        row = connection.execute(
            "DELETE FROM items WHERE id = ? AND state <> 'sent' RETURNING joined, address", (item_id,)
        ).fetchone()
        removed += row is not None
        if row is not None:
            _bring_back_replaced(connection, item_id)
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


def ids(connection: sqlite3.Connection) -> list[str]:
    return [row["id"] for row in connection.execute("SELECT id FROM items ORDER BY rowid")]


def open_sessions(connection: sqlite3.Connection) -> list[str]:
    rows = connection.execute("SELECT session FROM items WHERE state = 'open' GROUP BY session ORDER BY min(rowid)")
    return [row[0] for row in rows]


def find_item(connection: sqlite3.Connection, item_id: str) -> tuple[FoodItem, str] | None:
    """An item and its state."""
    row = connection.execute("SELECT * FROM items WHERE id = ?", (item_id,)).fetchone()
    item = item_of(row) if row else None
    return (item, row["state"]) if item else None


def rename_item(connection: sqlite3.Connection, item_id: str, name: str) -> None:
    connection.execute("UPDATE items SET name = ? WHERE id = ?", (name, item_id))


def confirm(connection: sqlite3.Connection, item_id: str) -> None:
    """A person has said that its date is right."""
    connection.execute("UPDATE items SET doubted = 0 WHERE id = ?", (item_id,))


def doubted(connection: sqlite3.Connection) -> list[FoodItem]:
    """What waits for a person to look at its date."""
    return [item for item in unnamed(connection) if item.doubted]


def set_sent(connection: sqlite3.Connection, items: Sequence[FoodItem], seq: int) -> None:
    connection.executemany("UPDATE items SET state = 'sent', seq = ? WHERE id = ?", [(seq, item.id) for item in items])


def set_unnamed(connection: sqlite3.Connection, session: str) -> None:
    """What is left of a session waits for its names, or for somebody who looks at a date."""
    connection.execute("UPDATE items SET state = 'unnamed' WHERE session = ? AND state = 'open'", (session,))


def names_used(connection: sqlite3.Connection) -> dict[str, int]:
    """The names of all items as they are called now, and how many are called so."""
    rows = connection.execute(
        "SELECT COALESCE(n.name, i.name) AS called, count(*) AS times"
        " FROM items AS i LEFT JOIN item_notes AS n ON n.item = i.id WHERE called IS NOT NULL GROUP BY called"
    )
    return {name: row["times"] for row in rows if (name := stored.text(row["called"]))}


def _items(rows: Iterable[sqlite3.Row]) -> list[FoodItem]:
    return [item for row in rows if (item := item_of(row)) is not None]


def item_of(row: sqlite3.Row) -> FoodItem | None:
    """The item; None when it is garbled on disk."""
    id_, registered_at = stored.text(row["id"]), stored.moment(row["registered_at"])
    kind = next((one for one in FoodType if one == row["kind"]), None)
    if id_ is None or kind is None or registered_at is None:
        return None
    item = FoodItem(
        id=id_,
        kind=kind,
        name=kept_name(stored.text(row["name"])),
        registered_at=registered_at,
        address=stored.address(row["address"]),
        expires_on=stored.day(row["expires_on"]),
        product=stored.text(row["product"]),
        lot=stored.text(row["lot"]),
        doubted=bool(row["doubted"]),
        heard=stored.text(row["heard"]),
    )
    try:
        food_entry(replace(item, name=item.name or "?"))
    except InvalidValue:
        return None
    return item
