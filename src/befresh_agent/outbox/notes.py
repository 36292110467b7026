"""What a person corrected by hand, beside the items' table. Functions run inside a transaction."""

import json
import sqlite3
from collections.abc import Collection
from datetime import date, datetime

from befresh_agent.domain.freshness import DAYS_WITHOUT_A_DATE
from befresh_agent.domain.stock import SOON_DAYS, Shelf, StockItem, StockPage, Told
from befresh_agent.outbox.items import item_of

_STOCK = "items AS i LEFT JOIN item_notes AS n ON n.item = i.id"
_NAME = "COALESCE(n.name, i.name)"
_USE_BY = "COALESCE(n.use_by, i.expires_on)"
_AGES = " ".join(f"WHEN {int(kind)} THEN '+{days} days'" for kind, days in DAYS_WITHOUT_A_DATE.items())
_DUE = f"COALESCE({_USE_BY}, date(substr(i.registered_at, 1, 10), CASE i.kind {_AGES} END))"
_TURN = f"CASE WHEN i.address IN (SELECT value FROM json_each(:urgent)) THEN min({_DUE}, :today) ELSE {_DUE} END"
"""The rule of `domain/freshness.turn`, for the database."""
_SHELVES = {
    Shelf.ALL: "n.gone_at IS NULL",
    Shelf.SOON: f"n.gone_at IS NULL AND {_USE_BY} <= :soon",
    Shelf.UNNAMED: f"n.gone_at IS NULL AND {_NAME} IS NULL",
    Shelf.CONTAINERS: "n.gone_at IS NULL AND i.address IS NOT NULL",
    Shelf.GONE: "n.gone_at IS NOT NULL",
}
_COLUMNS = "i.*, n.name AS own_name, n.use_by AS own_use_by, n.gone_at"


def page(
    connection: sqlite3.Connection,
    shelf: Shelf,
    today: date,
    *,
    search: str,
    urgent: Collection[str],
    offset: int,
    limit: int,
) -> StockPage:
    """Part of a shelf, what should be eaten first at its top."""
    values = {
        "today": today.isoformat(),
        "soon": date.fromordinal(today.toordinal() + SOON_DAYS).isoformat(),
        "urgent": json.dumps(list(urgent)),
        "like": _pattern(search),
        "limit": limit,
        "offset": offset,
    }
    where = f"{_SHELVES[shelf]} AND (:like = '' OR {_NAME} LIKE :like ESCAPE '\\')"
    order = "n.gone_at DESC" if shelf is Shelf.GONE else f"{_TURN}, i.registered_at, i.rowid"
    rows = connection.execute(
        f"SELECT {_COLUMNS} FROM {_STOCK} WHERE {where} ORDER BY {order} LIMIT :limit OFFSET :offset", values
    ).fetchall()
    total: int = connection.execute(f"SELECT count(*) FROM {_STOCK} WHERE {where}", values).fetchone()[0]
    sums = ", ".join(f"sum({condition})" for condition in _SHELVES.values())
    counted = connection.execute(f"SELECT {sums} FROM {_STOCK}", values).fetchone()
    found = (_stock_item(row) for row in rows)
    counts = {shelf: count or 0 for shelf, count in zip(_SHELVES, counted, strict=True)}
    return StockPage(tuple(one for one in found if one is not None), total, counts)


def find(connection: sqlite3.Connection, item_id: str) -> StockItem | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM {_STOCK} WHERE i.id = ?", (item_id,)).fetchone()
    return _stock_item(row) if row else None


def rename(connection: sqlite3.Connection, item_id: str, name: str) -> None:
    """Call it otherwise from now on, in this house."""
    _note(connection, item_id, "name", name)


def set_use_by(connection: sqlite3.Connection, found: StockItem, day: date | None) -> None:
    """Set its day. What has not travelled yet travels with the new one; a package always has one."""
    text = day.isoformat() if day else None
    if found.told is not Told.SENT and found.item.expires_on is not None and day is not None:
        connection.execute("UPDATE items SET expires_on = ? WHERE id = ?", (text, found.item.id))
        text = None
    _note(connection, found.item.id, "use_by", text)


def set_gone(connection: sqlite3.Connection, item_id: str, at: datetime | None) -> bool:
    """Whether that is news."""
    before = connection.execute("SELECT gone_at FROM item_notes WHERE item = ?", (item_id,)).fetchone()
    _note(connection, item_id, "gone_at", at.isoformat() if at else None)
    return (before is not None and before["gone_at"] is not None) is (at is None)


def _note(connection: sqlite3.Connection, item_id: str, column: str, value: str | None) -> None:
    connection.execute(
        f"INSERT INTO item_notes (item, {column}) VALUES (?1, ?2) ON CONFLICT (item) DO UPDATE SET {column} = ?2",
        (item_id, value),
    )


def _stock_item(row: sqlite3.Row) -> StockItem | None:
    """The item; None when it is garbled on disk."""
    item = item_of(row)
    if item is None:
        return None
    try:
        own = date.fromisoformat(row["own_use_by"]) if row["own_use_by"] else None
        gone = datetime.fromisoformat(row["gone_at"]) if row["gone_at"] else None
    except (TypeError, ValueError):
        return None
    return StockItem(item, Told(row["state"]), row["own_name"] or item.name, own or item.expires_on, gone)


def _pattern(search: str) -> str:
    escaped = "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in search.strip())
    return f"%{escaped}%" if escaped else ""
