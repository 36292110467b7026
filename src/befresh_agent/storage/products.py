"""The products' table: what this household calls what its barcodes say. Functions run inside a transaction."""

import json
import sqlite3
from collections.abc import Iterable

from befresh_agent.domain import stored
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.food_names import kept_name
from befresh_agent.domain.known_product import KnownProduct, with_pack
from befresh_agent.storage import meta_table
from befresh_agent.storage.database import Database


def find(connection: sqlite3.Connection, gtin: str) -> KnownProduct | None:
    row = connection.execute("SELECT * FROM products WHERE gtin = ?", (gtin,)).fetchone()
    return _product(row) if row else None


def known(connection: sqlite3.Connection, *, own: bool) -> list[KnownProduct]:
    """Those that were named here, or those of imported lists, by name."""
    rows = connection.execute("SELECT * FROM products WHERE own = ? ORDER BY name, gtin", (own,))
    return [product for row in rows if (product := _product(row)) is not None]


def learn(connection: sqlite3.Connection, items: Iterable[FoodItem]) -> None:
    """Remember how registered packs are called, and how many days they have left."""
    for item in items:
        if item.product is None or item.name is None:
            continue
        before = find(connection, item.product)
        days = before.days if before else ()
        if item.expires_on is not None:
            days = with_pack(days, (item.expires_on - item.registered_at.date()).days)
        connection.execute(
            "INSERT INTO products (gtin, name, own, days) VALUES (?, ?, 1, ?)"
            " ON CONFLICT (gtin) DO UPDATE SET name = excluded.name, own = 1, days = excluded.days",
            (item.product, item.name, json.dumps(days)),
        )


def rename_of_item(connection: sqlite3.Connection, item_id: str, name: str) -> None:
    """A person corrected how this pack is called: so is its product from now on."""
    connection.execute(
        "INSERT INTO products (gtin, name, own) SELECT product, ?1, 1 FROM items WHERE id = ?2 AND product IS NOT NULL"
        " ON CONFLICT (gtin) DO UPDATE SET name = excluded.name, own = 1",
        (name, item_id),
    )


def import_listed(connection: sqlite3.Connection, products: Iterable[KnownProduct]) -> int:
    """Take over what a list says, except of what was named here; how many."""
    return connection.executemany(
        "INSERT INTO products (gtin, name, own) VALUES (?, ?, 0)"
        " ON CONFLICT (gtin) DO UPDATE SET name = excluded.name WHERE own = 0",
        [(product.gtin, product.name) for product in products],
    ).rowcount


def forget_listed(connection: sqlite3.Connection) -> int:
    """Drop everything that only lists say; how many."""
    return connection.execute("DELETE FROM products WHERE own = 0").rowcount


_ASKED_AGAIN_S = 30 * 86_400
"""A service outside may have learned a product meanwhile."""


class KeptAnswers:
    """What a service outside said: behind `ProductAnswers` of `ports/storage.py`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def is_unknown(self, gtin: str) -> bool:
        question = (
            "SELECT 1 FROM unknown_products WHERE gtin = ?"
            f" AND NOT coalesce({meta_table.older_than('ran_s', _ASKED_AGAIN_S)}, 0)"
        )
        return await self._database.run(lambda c: c.execute(question, (gtin,)).fetchone() is not None)

    async def note_answer(self, gtin: str, name: str | None) -> None:
        def work(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM unknown_products WHERE gtin = ?", (gtin,))
            if name is not None:
                import_listed(connection, [KnownProduct(gtin, name, own=False)])
            else:
                connection.execute(f"INSERT INTO unknown_products (gtin, ran_s) VALUES (?, {meta_table.NOW})", (gtin,))

        await self._database.run(work)


def forget_unknown(connection: sqlite3.Connection) -> None:
    """What a service did not know long ago."""
    connection.execute(f"DELETE FROM unknown_products WHERE {meta_table.older_than('ran_s', _ASKED_AGAIN_S)}")


def _product(row: sqlite3.Row) -> KnownProduct | None:
    """The product; None when it is garbled on disk."""
    gtin, name = stored.text(row["gtin"]), kept_name(stored.text(row["name"]))
    if gtin is None or name is None:
        return None
    days = stored.parsed(row["days"])
    whole = [stored.whole(one) for one in days] if isinstance(days, list) else []
    return KnownProduct(gtin, name, row["own"] == 1, tuple(one for one in whole if one is not None))
