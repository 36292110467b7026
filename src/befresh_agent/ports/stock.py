"""What the fridge holds, and what a person may correct of it."""

from collections.abc import Collection
from datetime import date
from typing import Protocol

from befresh_agent.domain.container import Address
from befresh_agent.domain.stock import Shelf, StockItem, StockPage


class Stock(Protocol):
    """Durable when a call returns. Raises `StoreError`, `InvalidValue` for a name or day that cannot be."""

    async def page(
        self, shelf: Shelf, *, search: str = "", urgent: Collection[Address] = (), offset: int = 0, limit: int = 50
    ) -> StockPage:
        """A part of a shelf; containers in `urgent` are due today."""

    async def item(self, item_id: str) -> StockItem | None:
        """One item."""

    async def rename(self, item_id: str, name: str) -> int | None:
        """Name it; the number of the message it travels in when it had no name, else None: the change stays here."""

    async def set_use_by(self, item_id: str, day: date | None) -> None:
        """Set its day; None brings back what was printed."""

    async def take_away(self, item_id: str) -> bool:
        """Note that it is gone; whether it was there."""

    async def bring_back(self, item_id: str) -> bool:
        """Note that it is there after all; whether it was gone."""
