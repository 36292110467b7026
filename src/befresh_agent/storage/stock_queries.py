"""What is on hand, in which order, and what a person noted of it by hand. Functions run inside a transaction."""

import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from befresh_agent.domain import stored
from befresh_agent.domain.messages import RemovedFood, removed_food
from befresh_agent.domain.stock import (
    PUT_BACK_WITHIN,
    Fate,
    Place,
    StockFilter,
    StockItem,
    StockPage,
    SyncState,
    WasteCount,
    place,
)
from befresh_agent.errors import InvalidValue
from befresh_agent.storage import meta_table
from befresh_agent.storage.foods import item_of

_STOCK = "items AS i LEFT JOIN item_notes AS n ON n.item = i.id"


_NAME = "COALESCE(n.name, i.name)"


_USE_BY = "COALESCE(n.use_by, i.expires_on)"


_COLUMNS = "i.*, n.name AS own_name, n.use_by AS own_use_by, n.gone_at, n.fate, n.replaced_by"


_PLACES = f"""SELECT i.rowid AS number, substr(i.registered_at, 1, 10) AS registered_on, i.address, {_USE_BY} AS use_by,
    {_NAME} IS NOT NULL AS named, n.gone_at FROM {_STOCK} WHERE :like = '' OR {_NAME} LIKE :like ESCAPE '\\'"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which part of the stock."""

    shelf: StockFilter
    search: str = ""
    urgent: Collection[str] = ()
    """Containers whose air is rising."""
    gone_after: datetime | None = None
    """What went after this still stands in its place, so that it can be brought back there."""
    offset: int = 0
    limit: int = 50


@dataclass(frozen=True, slots=True)
class OrderedStock:
    """Where every food stands, by its number, what should be eaten first at the top; and how many are on each shelf."""

    places: Sequence[tuple[int, Place]] = ()
    counts: dict[StockFilter, int] = field(default_factory=dict)


class StockOrder:
    """Worked out once for as long as nothing is written, by whomever."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._found = OrderedStock()

    def of(self, connection: sqlite3.Connection, wanted: Wanted, today: date) -> OrderedStock:
        by_others = connection.execute("PRAGMA data_version").fetchone()[0]
        written = (id(connection), connection.total_changes, by_others)
        key = (*written, today, frozenset(wanted.urgent), wanted.search)
        if key != self._key:
            rows = connection.execute(_PLACES, {"like": _pattern(wanted.search)})
            places = [(row["number"], _place(row, today, wanted.urgent)) for row in rows]
            places.sort(key=lambda entry: (entry[1].band, entry[1].day, entry[0]))
            counts = Counter(shelf for _, one in places for shelf in one.shelves())
            self._found = OrderedStock(places, {shelf: counts[shelf] for shelf in StockFilter})
            self._key = key
        return self._found


def stock_page(connection: sqlite3.Connection, stock: OrderedStock, wanted: Wanted) -> StockPage:
    """Part of a shelf, what should be eaten first at its top."""
    numbers = _on_shelf(stock.places, wanted)
    found = [_numbered(connection, number) for number in numbers[wanted.offset :][: wanted.limit]]
    return StockPage(tuple(one for one in found if one is not None), len(numbers), stock.counts)


def _on_shelf(places: Sequence[tuple[int, Place]], wanted: Wanted) -> list[int]:
    """The numbers of what is there, in order; of what is gone the latest first."""
    if wanted.shelf is StockFilter.GONE:
        gone = [(one.gone_at, number) for number, one in places if one.gone_at is not None]
        return [number for _, number in sorted(gone, reverse=True)]
    return [number for number, one in places if wanted.shelf in _shelves(one, wanted.gone_after)]


def _shelves(one: Place, gone_after: datetime | None) -> Collection[StockFilter]:
    lingers = one.gone_at is not None and gone_after is not None and one.gone_at > gone_after
    return (replace(one, gone_at=None) if lingers else one).shelves()


def _place(row: sqlite3.Row, today: date, urgent: Collection[str]) -> Place:
    registered_on, use_by = stored.day(row["registered_on"]) or date.min, stored.day(row["use_by"])
    band, day = place(registered_on, use_by, today, rising=row["address"] in urgent)
    return Place(band, day, row["named"] == 1, row["address"] is not None, stored.moment(row["gone_at"]))


def _numbered(connection: sqlite3.Connection, number: int) -> StockItem | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM {_STOCK} WHERE i.rowid = ?", (number,)).fetchone()
    return _stock_item(row)


def replaced(connection: sqlite3.Connection, after: datetime) -> list[tuple[StockItem, StockItem]]:
    """Foods that were taken for gone after that, and nobody was asked yet; each with what is in its container now."""
    rows = connection.execute(f"SELECT {_COLUMNS} FROM {_STOCK} WHERE n.replaced_by IS NOT NULL")
    pairs = (
        (old, find_stock_item(connection, old.replaced_by or ""))
        for row in rows
        if (old := _stock_item(row)) is not None
    )
    return [(old, new) for old, new in pairs if new is not None and old.gone_at is not None and old.gone_at > after]


def recent_names(connection: sqlite3.Connection, limit: int) -> list[str]:
    """What food was called last, the newest first."""
    rows = connection.execute(
        f"SELECT {_NAME} AS name, max(i.rowid) AS last FROM {_STOCK} WHERE {_NAME} IS NOT NULL"
        " GROUP BY 1 ORDER BY last DESC LIMIT ?",
        (limit,),
    )
    return [name for row in rows if (name := stored.text(row["name"]))]


def find_stock_item(connection: sqlite3.Connection, item_id: str) -> StockItem | None:
    row = connection.execute(f"SELECT {_COLUMNS} FROM {_STOCK} WHERE i.id = ?", (item_id,)).fetchone()
    return _stock_item(row) if row else None


def note_name(connection: sqlite3.Connection, item_id: str, name: str) -> None:
    """Call it otherwise from now on, in this house."""
    _note(connection, item_id, "name", name)


def set_use_by(connection: sqlite3.Connection, found: StockItem, day: date | None) -> None:
    """Set its day. What has not travelled yet travels with the new one; a package always has one."""
    text = day.isoformat() if day else None
    if found.told is not SyncState.SENT and found.item.expires_on is not None and day is not None:
        connection.execute("UPDATE items SET expires_on = ? WHERE id = ?", (text, found.item.id))
        text = None
    _note(connection, found.item.id, "use_by", text)


def set_gone(connection: sqlite3.Connection, found: StockItem, at: datetime, fate: Fate) -> bool:
    """Whether that is news."""
    _count(connection, found, -1)
    if found.gone_at is None:
        _note(connection, found.item.id, "gone_at", at.isoformat())
        connection.execute(f"UPDATE item_notes SET ran_s = {meta_table.NOW} WHERE item = ?", (found.item.id,))
    _note(connection, found.item.id, "fate", fate)
    _count(connection, replace(found, gone_at=found.gone_at or at, fate=fate), 1)
    return found.gone_at is None


def bring_back(connection: sqlite3.Connection, found: StockItem) -> bool:
    """Whether it was gone."""
    _count(connection, found, -1)
    for column in ("gone_at", "fate", "replaced_by"):
        _note(connection, found.item.id, column, None)
    return found.gone_at is not None


def confirm_gone(connection: sqlite3.Connection, found: StockItem, at: datetime) -> None:
    """A person says that it is gone indeed, as it was taken for."""
    set_gone(connection, found, at, found.fate or Fate.EATEN)
    _note(connection, found.item.id, "replaced_by", None)


def waste(connection: sqlite3.Connection, month: str) -> WasteCount:
    """What went in a month, `YYYY-MM`."""
    row = connection.execute("SELECT eaten, thrown FROM food_fates WHERE month = ?", (month,)).fetchone()
    return WasteCount(stored.whole(row["eaten"]) or 0, stored.whole(row["thrown"]) or 0) if row else WasteCount()


def _count(connection: sqlite3.Connection, gone: StockItem, one: int) -> None:
    if gone.gone_at is None or gone.fate is None:
        return
    connection.execute(
        f"INSERT INTO food_fates (month, {gone.fate}) VALUES (?1, ?2)"
        f" ON CONFLICT (month) DO UPDATE SET {gone.fate} = max(0, {gone.fate} + ?2)",
        (f"{gone.gone_at:%Y-%m}", one),
    )


def _note(connection: sqlite3.Connection, item_id: str, column: str, value: str | None) -> None:
    connection.execute(
        f"INSERT INTO item_notes (item, {column}) VALUES (?1, ?2) ON CONFLICT (item) DO UPDATE SET {column} = ?2",
        (item_id, value),
    )


def _stock_item(row: sqlite3.Row) -> StockItem | None:
    """The item; None when it is garbled on disk."""
    item, told = item_of(row), next((one for one in SyncState if one == row["state"]), None)
    if item is None or told is None:
        return None
    return StockItem(
        item=item,
        told=told,
        name=stored.text(row["own_name"]) or item.name,
        use_by=stored.day(row["own_use_by"]) or item.expires_on,
        gone_at=stored.moment(row["gone_at"]),
        fate=next((one for one in Fate if one == row["fate"]), None),
        replaced_by=stored.text(row["replaced_by"]),
    )


def _pattern(search: str) -> str:
    escaped = "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in search.strip())
    return f"%{escaped}%" if escaped else ""


_AT_A_TURN = 500


def untold(connection: sqlite3.Connection, now: datetime) -> list[RemovedFood]:
    """What the service knows and what can come back no more; at most some of it at a turn.

    Not what is only taken for gone, as its container was filled again: that waits for somebody to say so.
    """
    rows = connection.execute(
        "SELECT i.*, n.gone_at FROM items AS i JOIN item_notes AS n ON n.item = i.id"
        " WHERE i.state = 'sent' AND n.gone_at IS NOT NULL AND n.replaced_by IS NULL AND n.told_seq IS NULL"
        " ORDER BY n.rowid LIMIT ?",
        (_AT_A_TURN,),
    )
    return [food for row in rows if (food := _removed(row, now)) is not None]


def set_told(connection: sqlite3.Connection, foods: Iterable[RemovedFood], seq: int) -> None:
    connection.executemany("UPDATE item_notes SET told_seq = ? WHERE item = ?", [(seq, food.itemId) for food in foods])


def _removed(row: sqlite3.Row, now: datetime) -> RemovedFood | None:
    """The food; None while it may come back, or when it is garbled on disk."""
    item, at = item_of(row), stored.moment(row["gone_at"])
    if item is None or at is None or timedelta(0) <= now - at < PUT_BACK_WITHIN:
        return None
    try:
        return removed_food(item, at)
    except InvalidValue:
        return None
