"""The stock as the page shows it, and what a person does to it."""

from collections.abc import Callable

from befresh_agent.domain.stock import Shelf, StockItem, Told
from befresh_agent.page.container_desk import air
from befresh_agent.page.models import Changed, Food, FoodChange, FoodList
from befresh_agent.page.trend_watch import TrendWatch
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.stock import Stock

PAGE = 40


class FoodDesk:
    """`touched` is told when something changed."""

    def __init__(
        self, stock: Stock, clock: Clock, trends: TrendWatch, touched: Callable[[frozenset[str]], None]
    ) -> None:
        self._stock = stock
        self._clock = clock
        self._trends = trends
        self._touched = touched

    async def list(self, shelf: Shelf, search: str = "", offset: int = 0, limit: int = PAGE) -> FoodList:
        found = await self._stock.page(shelf, search=search, urgent=self._trends.rising, offset=offset, limit=limit)
        return FoodList(
            items=[self._food(one) for one in found.items],
            total=found.total,
            offset=offset,
            shelf=shelf,
            search=search,
            counts=found.counts,
        )

    async def find(self, item_id: str) -> Food | None:
        found = await self._stock.item(item_id)
        return None if found is None else self._food(found)

    async def change(self, food: Food, change: FoodChange) -> Changed:
        """Correct it. Raises `InvalidValue`, `StoreError`."""
        tells = food.told is not Told.SENT
        if change.use_by is not None and change.use_by != (food.use_by or ""):
            await self._stock.set_use_by(food.id, change.use_by or None)
        if change.name is not None and change.name.strip() != (food.name or ""):
            await self._stock.rename(food.id, change.name)
        return await self._changed(food, told=tells)

    async def take_away(self, food: Food) -> Changed:
        """It was eaten or thrown away."""
        await self._stock.take_away(food.id)
        return await self._changed(food, told=False)

    async def bring_back(self, food: Food) -> Changed:
        await self._stock.bring_back(food.id)
        return await self._changed(food, told=False)

    async def _changed(self, before: Food, *, told: bool) -> Changed:
        self._touched(frozenset({"food", "containers"}))
        return Changed(food=await self.find(before.id) or before, told=told)

    def _food(self, one: StockItem) -> Food:
        item, standing = one.item, one.standing(self._clock.now())
        return Food(
            id=item.id,
            name=one.name,
            type=int(item.kind),  # type: ignore[arg-type]  # the three numbers
            registered_at=item.registered_at,
            container=item.address,
            use_by=one.use_by,
            printed=item.expires_on,
            days_left=standing.days_left if standing else None,
            freshness=standing.freshness if standing else None,
            air=air(self._trends.trends.get(item.address)).state if item.address else None,
            told=one.told,
            corrected=one.corrected,
            gone_at=one.gone_at,
        )
