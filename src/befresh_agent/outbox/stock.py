"""The stock: what the items' table holds, as the page shows and corrects it. Stands behind `ports/stock.py`."""

from collections.abc import Collection
from datetime import date

from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.name import typed_name
from befresh_agent.domain.stock import Shelf, StockItem, StockPage, Told
from befresh_agent.errors import InvalidValue
from befresh_agent.outbox import notes
from befresh_agent.outbox.store import Store
from befresh_agent.ports.clock import Clock

_EARLIEST, _LATEST = date(2000, 1, 1), date(2100, 1, 1)


class StockRoom:
    """Every call is one transaction."""

    def __init__(self, database: Database, store: Store, clock: Clock) -> None:
        self._database = database
        self._store = store
        self._clock = clock

    async def page(
        self, shelf: Shelf, *, search: str = "", urgent: Collection[Address] = (), offset: int = 0, limit: int = 50
    ) -> StockPage:
        today = self._clock.now().date()
        return await self._database.run(
            lambda c: notes.page(c, shelf, today, search=search, urgent=urgent, offset=offset, limit=limit)
        )

    async def item(self, item_id: str) -> StockItem | None:
        return await self._database.run(lambda c: notes.find(c, item_id))

    async def rename(self, item_id: str, name: str) -> int | None:
        name, found = typed_name(name), await self._known(item_id)
        if found.name is None:
            return await self._store.name(item_id, name)
        await self._database.run(lambda c: notes.rename(c, item_id, name))
        return None

    async def set_use_by(self, item_id: str, day: date | None) -> None:
        if day is not None and not _EARLIEST <= day < _LATEST:
            raise InvalidValue(f"{day} is no day to use food by")
        found = await self._known(item_id)
        await self._database.run(lambda c: notes.set_use_by(c, found, day))

    async def take_away(self, item_id: str) -> bool:
        if (await self._known(item_id)).told is Told.OPEN:
            raise InvalidValue("its session is still open: take it back with a double press")
        return await self._database.run(lambda c: notes.set_gone(c, item_id, self._clock.now()))

    async def bring_back(self, item_id: str) -> bool:
        await self._known(item_id)
        return await self._database.run(lambda c: notes.set_gone(c, item_id, None))

    async def _known(self, item_id: str) -> StockItem:
        found = await self.item(item_id)
        if found is None:
            raise InvalidValue(f"there is no item {item_id}")
        return found
