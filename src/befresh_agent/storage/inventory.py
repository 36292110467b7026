"""The stock as people look at it: behind `FoodStock` of `ports/storage.py`."""

import sqlite3
from collections.abc import Collection, Sequence
from datetime import date, timedelta

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.domain.food_names import typed_name
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.stock import Fate, StockFilter, StockItem, StockPage, SyncState, WasteCount
from befresh_agent.errors import InvalidValue
from befresh_agent.ports.clock import Clock
from befresh_agent.storage import corrections, foods, products, stock_queries
from befresh_agent.storage.database import Database
from befresh_agent.storage.stock_queries import StockOrder, Wanted
from befresh_agent.storage.store import OutboxStore

_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)


class FoodInventory:
    """Every call is one transaction."""

    def __init__(self, database: Database, store: OutboxStore, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock
        self._order = StockOrder()

    async def page(
        self,
        shelf: StockFilter,
        *,
        search: str = "",
        urgent: Collection[Address] = (),
        gone_within_s: float = 0,
        offset: int = 0,
        limit: int = 50,
    ) -> StockPage:
        now = self._clock.now()
        gone_after = now - timedelta(seconds=gone_within_s) if gone_within_s else None
        wanted = Wanted(shelf=shelf, search=search, urgent=urgent, gone_after=gone_after, offset=offset, limit=limit)
        return await self._database.run(
            lambda c: stock_queries.stock_page(c, self._order.of(c, wanted, now.date()), wanted)
        )

    async def replaced(self, within: timedelta) -> Sequence[tuple[StockItem, StockItem]]:
        after = self._clock.now() - within
        return await self._database.run(lambda c: stock_queries.replaced(c, after))

    async def recent_names(self, limit: int) -> Sequence[str]:
        return await self._database.run(lambda c: stock_queries.recent_names(c, limit))

    async def waste(self) -> WasteCount:
        month = f"{self._clock.now():%Y-%m}"
        return await self._database.run(lambda c: stock_queries.waste(c, month))

    async def product(self, gtin: str) -> KnownProduct | None:
        return await self._database.run(lambda c: products.find(c, gtin))

    async def add(
        self,
        name: str,
        use_by: date | None = None,
        container: Address | None = None,
        product: Product | None = None,
    ) -> str:
        _check_day(use_by)
        now = self._clock.now()
        kind = FoodType.CONTAINER if container else FoodType.PACKAGED if use_by else FoodType.GENERAL
        printed = use_by if kind is FoodType.PACKAGED else None
        gtin, lot = (product.gtin, product.lot) if product else (None, None)
        item = FoodItem(uuid7(now), kind, typed_name(name), now, container, printed, gtin, lot)
        await self._store.register(item)
        if use_by != printed:
            await self.set_use_by(item.id, use_by)
        return item.id

    async def item(self, item_id: str) -> StockItem | None:
        return await self._database.run(lambda c: stock_queries.find_stock_item(c, item_id))

    async def rename(self, item_id: str, name: str) -> int | None:
        name, found = typed_name(name), await self._known(item_id)
        if found.name is None:
            return await self._store.name(item_id, name)
        await self._database.run(lambda c: _rename(c, item_id, name))
        return None

    async def set_use_by(self, item_id: str, day: date | None) -> None:
        _check_day(day)
        found = await self._known(item_id)
        await self._database.run(lambda c: stock_queries.set_use_by(c, found, day))
        if found.item.doubted and day is not None:
            await self._store.confirm(item_id)

    async def doubted(self) -> Sequence[FoodItem]:
        return await self._database.run(foods.doubted)

    async def confirm(self, item_id: str) -> int | None:
        await self._known(item_id)
        return await self._store.confirm(item_id)

    async def take_away(self, item_id: str, fate: Fate = Fate.EATEN) -> bool:
        found = await self._known(item_id)
        if found.told is SyncState.OPEN:
            raise InvalidValue("its session is still open: take it back with a double press")
        return await self._database.run(lambda c: stock_queries.set_gone(c, found, self._clock.now(), fate))

    async def bring_back(self, item_id: str) -> bool:
        found = await self._known(item_id)
        return await self._database.run(lambda c: stock_queries.bring_back(c, found))

    async def confirm_gone(self, item_id: str) -> None:
        found = await self._known(item_id)
        await self._database.run(lambda c: stock_queries.confirm_gone(c, found, self._clock.now()))

    async def _known(self, item_id: str) -> StockItem:
        found = await self.item(item_id)
        if found is None:
            raise InvalidValue(f"there is no item {item_id}")
        return found


def _rename(connection: sqlite3.Connection, item_id: str, name: str) -> None:
    stock_queries.note_name(connection, item_id, name)
    corrections.remember(connection, item_id, name)
    products.rename_of_item(connection, item_id, name)


def _check_day(day: date | None) -> None:
    if day is not None and not _EARLIEST <= day < _LATEST:
        raise InvalidValue(f"{day} is no day to use food by")
