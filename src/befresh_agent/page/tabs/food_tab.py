"""The tab "Food": the stock, and what a person corrects in it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.gs1 import product_in_code
from befresh_agent.domain.stock import Band, Fate, StockFilter, StockItem, SyncState, place
from befresh_agent.errors import InvalidValue
from befresh_agent.page.context import PageContext
from befresh_agent.page.models import ChangeResult, FoodChange, FoodList, FoodNew, FoodView, Refilled, WasteView
from befresh_agent.page.page_watches import TrendWatch
from befresh_agent.page.tabs.containers_tab import air
from befresh_agent.storage.roster import ContainerNames

PAGE = 40
LINGERS_S = 10.0
"""So long what is gone still stands in its place on the page, to be brought back."""
_ASKED = timedelta(days=2)
"""So long a person is asked whether a container that was filled again had been emptied."""
_NAMES = 40


class FoodTab:
    """`touched` is told when something changed."""

    def __init__(self, sources: PageContext, trends: TrendWatch, touched: Callable[[frozenset[str]], None]) -> None:
        self._stock = sources.stock
        self._clock = sources.clock
        self._trends = trends
        self._names = ContainerNames(sources.database)
        self._touched = touched

    async def list(
        self, shelf: StockFilter, search: str = "", offset: int = 0, limit: int = PAGE, *, lingering: bool = False
    ) -> FoodList:
        """Part of a shelf; with `lingering` what has just gone is still in its place."""
        found = await self._stock.page(
            shelf,
            search=search,
            urgent=self._trends.rising,
            gone_within_s=LINGERS_S if lingering else 0,
            offset=offset,
            limit=limit,
        )
        names = await self._names.all()
        return FoodList(
            items=[self._food(one, names) for one in found.items],
            total=found.total,
            offset=offset,
            shelf=shelf,
            search=search,
            counts=found.counts,
        )

    async def doubted(self) -> Sequence[FoodView]:
        """Food whose date a person should look at."""
        found = [await self.find(item.id) for item in await self._stock.doubted()]
        return [food for food in found if food is not None]

    async def answer(self, food: FoodView, *, right: bool) -> ChangeResult:
        """Somebody has looked at its date; food with a wrong one is taken off the list."""
        if right:
            await self._stock.confirm(food.id)
            return await self._changed(food, told=food.name is not None)
        return await self.take_away(food)

    async def find(self, item_id: str) -> FoodView | None:
        found = await self._stock.item(item_id)
        return None if found is None else self._food(found, await self._names.all())

    async def refilled(self) -> Sequence[Refilled]:
        """Containers that were filled again, as long as nobody has said what became of the food before."""
        names = await self._names.all()
        pairs = await self._stock.replaced(_ASKED)
        return [Refilled(old=self._food(old, names), new=self._food(new, names)) for old, new in pairs]

    async def names(self) -> Sequence[str]:
        """What food may be called, the latest name first."""
        return await self._stock.recent_names(_NAMES)

    async def waste(self) -> WasteView:
        found = await self._stock.waste()
        return WasteView(eaten=found.eaten, thrown=found.thrown)

    async def add(self, new: FoodNew) -> ChangeResult:
        """Register it by hand. Raises `InvalidValue`, `StoreError`."""
        container = parse_address(new.container) if new.container else None
        product = product_in_code(new.gtin) if new.gtin else None
        if new.gtin and product is None:
            raise InvalidValue(f"{new.gtin} is no product number")
        product = replace(product, lot=new.lot) if product else None
        item_id = await self._stock.add(new.name, new.use_by, container, product)
        self._touched(frozenset({"food", "containers"}))
        food = await self.find(item_id)
        assert food is not None  # it has just been kept
        return ChangeResult(food=food, told=True)

    async def change(self, food: FoodView, change: FoodChange) -> ChangeResult:
        """Correct it. Raises `InvalidValue`, `StoreError`."""
        tells = food.told is not SyncState.SENT
        if change.use_by is not None and change.use_by != (food.use_by or ""):
            await self._stock.set_use_by(food.id, change.use_by or None)
        if change.name is not None and change.name.strip() != (food.name or ""):
            await self._stock.rename(food.id, change.name)
        return await self._changed(food, told=tells)

    async def take_away(self, food: FoodView, fate: Fate = Fate.EATEN) -> ChangeResult:
        """It was eaten or thrown away; what is gone already went that way."""
        await self._stock.take_away(food.id, fate)
        return await self._changed(food, told=False)

    async def bring_back(self, food: FoodView) -> ChangeResult:
        await self._stock.bring_back(food.id)
        return await self._changed(food, told=False)

    async def confirm_gone(self, food: FoodView) -> ChangeResult:
        """It is gone, as it was taken for when its container was filled again."""
        await self._stock.confirm_gone(food.id)
        return await self._changed(food, told=False)

    async def _changed(self, before: FoodView, *, told: bool) -> ChangeResult:
        self._touched(frozenset({"food", "containers"}))
        return ChangeResult(food=await self.find(before.id) or before, told=told)

    def _food(self, one: StockItem, names: Mapping[Address, str]) -> FoodView:
        item, now = one.item, self._clock.now()
        standing, rising = one.freshness_at(now), item.address in self._trends.rising
        registered_on: date = item.registered_at.astimezone(now.tzinfo).date()
        return FoodView(
            id=item.id,
            name=one.name,
            type=int(item.kind),  # type: ignore[arg-type]  # the three numbers
            registered_at=item.registered_at,
            container=item.address,
            container_name=names.get(item.address) if item.address else None,
            use_by=one.use_by,
            printed=item.expires_on,
            days_left=standing.days_left if standing else None,
            freshness=standing.freshness if standing else None,
            due=place(registered_on, one.use_by, now.date(), rising=rising)[0] is Band.DUE,
            age_days=(now.date() - registered_on).days,
            air=air(self._trends.trends.get(item.address)).state if item.address else None,
            told=one.told,
            corrected=one.corrected,
            gone_at=one.gone_at,
            doubted=item.doubted,
            fate=one.fate,
        )
