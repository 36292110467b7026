"""What a person corrected by hand: the right name for what was understood. Functions run inside a transaction."""

import sqlite3

from befresh_agent.domain import stored
from befresh_agent.domain.food_names import kept_name

_MOST = 500
"""So many are remembered, the newest."""


def remember(connection: sqlite3.Connection, item_id: str, name: str) -> None:
    """Whatever was understood when this item was named, `name` was meant by it."""
    row = connection.execute("SELECT heard FROM items WHERE id = ?", (item_id,)).fetchone()
    heard = stored.text(row["heard"]) if row else None
    if heard is None:
        return
    connection.execute("DELETE FROM corrections WHERE heard = ?", (heard,))
    connection.execute("INSERT INTO corrections (heard, name) VALUES (?, ?)", (heard, name))
    connection.execute(
        "DELETE FROM corrections WHERE rowid NOT IN (SELECT rowid FROM corrections ORDER BY rowid DESC LIMIT ?)",
        (_MOST,),
    )


def all_of(connection: sqlite3.Connection) -> dict[str, str]:
    """The name for each, oldest first."""
    rows = connection.execute("SELECT heard, name FROM corrections ORDER BY rowid")
    read = ((stored.text(row["heard"]), kept_name(stored.text(row["name"]))) for row in rows)
    return {heard: name for heard, name in read if heard and name}
