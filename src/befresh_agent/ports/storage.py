"""What stages keep and ask: items, readings, the stock, and the messages that leave the house.

A call that returned is durable; one that could not be kept raises `StoreError`.
"""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Protocol

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.reading import BroadcastOrigin, Reading
from befresh_agent.domain.stock import Fate, StockFilter, StockItem, StockPage, WasteCount
from befresh_agent.domain.visits import VisitRecord


class ItemStore(Protocol):
    """Durable when the call returns. Every call raises `StoreError` when it could not be kept."""

    async def add(self, session: str, item: FoodItem) -> None:
        """Keep an item of a session; a container's address joins the roster in the same transaction."""

    async def remove(self, item_id: str) -> None:
        """Take an item back, as if it had never been registered."""

    async def names_used(self) -> Mapping[str, int]:
        """What this household called its food before, and how often."""

    async def corrections(self) -> Mapping[str, str]:
        """What this household corrected by hand: the right name for what was understood."""

    async def product(self, gtin: str) -> KnownProduct | None:
        """What this household, or else an imported list, calls the product."""

    async def settle(self, session: str) -> int:
        """Turn the session's named items into one message; how many it carries (0: no message).

        Unnamed items stay behind, deliverable as soon as they get a name.
        """

    async def settle_left_behind(self, live: str | None) -> None:
        """Settle every session that a crash, a power cut or a full disk left open, all but the live one."""

    async def tell_removed(self) -> int:
        """Turn what was taken out, and can come back no more, into a message; how many foods it carries."""

    async def discard(self, session: str) -> int:
        """Take all items of the session back; how many there were."""


class ReadingStore(Protocol):
    async def keep_reading(
        self,
        reading: Reading,
        visited: Sequence[VisitRecord] = (),
        *,
        heard: BroadcastOrigin | None = None,
        beliefs: str | None = None,
    ) -> None:
        """Keep a reading, and how visits went; `heard` when it was broadcast, which the roster remembers.

        `beliefs` is what the container's next reading is compared with.
        Durable when the call returns. Raises `StoreError` when nothing was kept.
        """

    async def keep_visits(self, visited: Sequence[VisitRecord]) -> None:
        """Keep how visits went that brought no reading. Raises `StoreError`."""


class FoodStock(Protocol):
    """Durable when a call returns. Raises `StoreError`, `InvalidValue` for a name or day that cannot be."""

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
        """A part of a shelf. Containers in `urgent` are due today; what went so lately keeps its place."""

    async def replaced(self, within: timedelta) -> Sequence[tuple[StockItem, StockItem]]:
        """What was taken for gone lately because its container was filled again, and what is in there now."""

    async def recent_names(self, limit: int) -> Sequence[str]:
        """What food was called last, the newest first."""

    async def waste(self) -> WasteCount:
        """How much of this month's food was eaten, and how much thrown away."""

    async def add(
        self,
        name: str,
        use_by: date | None = None,
        container: Address | None = None,
        product: Product | None = None,
    ) -> str:
        """Register a food by hand, in a session of its own; its id. It travels as one from the button does.

        Of a product, what its code says of a date is left to whoever gives `use_by`.
        """

    async def product(self, gtin: str) -> KnownProduct | None:
        """What this household, or else a list or a service outside, calls the product."""

    async def item(self, item_id: str) -> StockItem | None:
        """One item."""

    async def rename(self, item_id: str, name: str) -> int | None:
        """Name it; the number of the message it travels in when it had no name, else None: the change stays here."""

    async def set_use_by(self, item_id: str, day: date | None) -> None:
        """Set its day; None brings back what was printed. Whoever sets it has looked: it is in doubt no longer."""

    async def doubted(self) -> Sequence[FoodItem]:
        """What waits for a person to look at its date, oldest first."""

    async def confirm(self, item_id: str) -> int | None:
        """Note that its date is right; the number of the message it travels in, None where it waits for its name."""

    async def take_away(self, item_id: str, fate: Fate = Fate.EATEN) -> bool:
        """Note that it is gone, and how; whether it was there."""

    async def bring_back(self, item_id: str) -> bool:
        """Note that it is there after all; whether it was gone."""

    async def confirm_gone(self, item_id: str) -> None:
        """A person says that what was taken for gone is."""


class ProductAnswers(Protocol):
    """What a service outside said of products. Raises `StoreError`."""

    async def is_unknown(self, gtin: str) -> bool:
        """Whether it was asked within the last month, and did not know the product."""

    async def note_answer(self, gtin: str, name: str | None) -> None:
        """Keep the name, which counts as one of a list; or, without one, that it is not known there."""


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """One message of the outbox."""

    seq: int
    id: str
    topic: str
    key: str
    headers: dict[str, str]
    body: bytes
    """As it travels."""
    carries: int
    """How many foods or readings."""
    state: str
    """waiting, delivered, journal or dead"""
    created: str
    delivered: str | None
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class OutboxStatus:
    """How the outbox stands."""

    waiting: int
    oldest_s: float
    """Age of the oldest waiting message; 0 when none waits."""
    dead: int
    """Messages that a sink refuses, also such as still wait for another."""
    journal: int
    unnamed: int
    """Items that wait for a name."""


def parsed_body(body: bytes) -> Any:
    """A body as people look at it: what its JSON says, or its text."""
    try:
        return json.loads(body)
    except ValueError:  # garbled on disk, and dead for that
        return body.decode(errors="replace")


def exported(message: OutboxMessage) -> dict[str, Any]:
    """A message as one JSON object; written without spaces, its `body` is byte for byte what travels."""
    keys = ("seq", "id", "topic", "key", "headers", "body", "state", "created", "delivered")
    return {key: getattr(message, key) for key in keys} | {"body": parsed_body(message.body)}


class MessageBrowser(Protocol):
    """Raises `StoreError`."""

    async def status(self) -> OutboxStatus:
        """How many wait, for how long, and how many are dead."""

    async def newest(self, state: str | None, *, before: int | None, limit: int) -> Sequence[OutboxMessage]:
        """Messages of a state (of all where none is given) with numbers below `before`, the newest first."""

    async def after(self, after: int, limit: int) -> Sequence[OutboxMessage]:
        """Messages with higher numbers, the oldest first."""

    async def retry(self, seq: int | None) -> Sequence[int]:
        """Let dead messages, all or this one, be delivered again; which ones there were."""
