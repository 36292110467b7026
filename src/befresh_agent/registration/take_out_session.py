"""A take-out session as it runs: the same eyes, ears and button as a registration, and the list instead of new items.

In: triggers, findings, names. Out: foods that are gone, or back, on disk before their sound.
"""

import asyncio
from datetime import datetime

from befresh_agent.domain.events import FoodPutBack, FoodTakenOut, NotKept, SessionClosed
from befresh_agent.domain.stock import MOST_FOODS, PUT_BACK_WITHIN, StockFilter, StockItem
from befresh_agent.errors import InvalidValue, StoreError
from befresh_agent.registration.live_session import LiveSession, SessionParts
from befresh_agent.registration.rules.actions import Action, ListFood, MoveFood
from befresh_agent.registration.rules.take_out import TakeOutRules


class TakeOutSession(LiveSession):
    """Runs until the rules say that it is over."""

    def __init__(self, name: str, parts: SessionParts) -> None:
        super().__init__(name, parts)
        self._session = self._rules = TakeOutRules(parts.settings, self._clock.monotonic())

    async def _do(self, action: Action, tasks: asyncio.TaskGroup) -> None:
        match action:
            case ListFood():
                await self._list()
            case MoveFood():
                await self._move(action, tasks)
            case _:
                await super()._do(action, tasks)

    async def _list(self) -> None:
        stock, now = self._parts.stock, self._clock.now()
        try:
            here = (await stock.page(StockFilter.ALL, limit=MOST_FOODS)).items
            gone = (await stock.page(StockFilter.GONE, limit=MOST_FOODS)).items
        except StoreError as error:
            self._parts.events.emit(NotKept("the list of food", str(error)))
            return
        oldest_first = sorted(here, key=lambda food: food.item.id)
        self._rules.listed(oldest_first, [(food, left) for food in reversed(gone) if (left := _left_s(food, now)) > 0])

    async def _move(self, move: MoveFood, tasks: asyncio.TaskGroup) -> None:
        stock, item = self._parts.stock, move.food.item
        try:
            await (stock.take_away(item.id) if move.out else stock.bring_back(item.id))
        except (StoreError, InvalidValue) as error:
            self._parts.events.emit(NotKept("what was taken out", str(error)))
            await self._do_all(self._session.not_kept(), tasks)
            return
        self._parts.events.emit(FoodTakenOut(move.food) if move.out else FoodPutBack(move.food))
        await self._do_all(self._rules.moved(move), tasks)

    async def _settle(self, why: str) -> None:
        """What went is on disk already; it is told to the service when it can come back no more."""
        self._parts.events.emit(SessionClosed(self.name, why, 0, 0, taken=self._rules.taken))


def _left_s(food: StockItem, now: datetime) -> float:
    """How many seconds longer it may come back; none where a clock was set meanwhile."""
    since = (now - food.gone_at).total_seconds() if food.gone_at else -1.0
    return PUT_BACK_WITHIN.total_seconds() - since if since >= 0 else 0.0
