"""Items and readings become messages, within the very transaction that takes them from where they waited."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.messages import (
    FOOD_TYPE,
    REMOVED_TYPE,
    ROWS_PER_MESSAGE,
    SENSOR_TYPE,
    MessageKind,
    food_body,
    removed_body,
    sensor_body,
)
from befresh_agent.domain.reading import Reading
from befresh_agent.errors import StoreError
from befresh_agent.storage import foods as items
from befresh_agent.storage import message_table, products, readings, stock_queries
from befresh_agent.storage.message_table import MessageDraft


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A new message, or none (`seq` 0), and what it carries."""

    seq: int = 0
    foods: tuple[FoodItem, ...] = ()
    removed: tuple[str, ...] = ()
    """The names of foods that were taken out."""
    readings: tuple[Reading, ...] = ()
    garbled: int = 0
    """Readings that could not be read from the disk any more."""


@dataclass(frozen=True, slots=True)
class MessageBuilder:
    """In whose name messages are made."""

    fridge_id: int | None
    """None for a guest: the fridge whose agent keeps the store."""
    food_topic: str
    sensor_topic: str
    removed_topic: str = ""
    """Empty: what was taken out is not told."""

    def settle(self, connection: sqlite3.Connection, session: str, at: datetime) -> QueuedMessage:
        """The session's named items become one message; the others wait for a name, or a look at their date."""
        named = [item for item in items.of_session(connection, session) if item.name and not item.doubted]
        queued = self._foods(connection, named, at) if named else QueuedMessage()
        items.set_unnamed(connection, session)
        return queued

    def give_name(self, connection: sqlite3.Connection, item_id: str, name: str, at: datetime) -> QueuedMessage:
        """The item gets its name; it becomes a message of its own when its session is over."""
        found = items.find_item(connection, item_id)
        if found is None:
            raise StoreError(f"there is no item {item_id}")
        item, state = found
        if item.name:
            raise StoreError(f"item {item_id} has its name already: {item.name}")
        items.rename_item(connection, item_id, name)
        waits = state == "open" or item.doubted
        return QueuedMessage() if waits else self._foods(connection, [replace(item, name=name)], at)

    def confirm(self, connection: sqlite3.Connection, item_id: str, at: datetime) -> QueuedMessage:
        """The item's date is right; it becomes a message of its own if it has its name and its session is over."""
        found = items.find_item(connection, item_id)
        if found is None:
            raise StoreError(f"there is no item {item_id}")
        item, state = found
        items.confirm(connection, item_id)
        travels = item.doubted and item.name and state == "unnamed"
        return self._foods(connection, [replace(item, doubted=False)], at) if travels else QueuedMessage()

    def batch(self, connection: sqlite3.Connection, at: datetime, waiting: str | None = None) -> QueuedMessage:
        """The kept readings, as many as fit, become one message; `waiting` is a run of the machine without a clock."""
        taken, garbled = readings.take(connection, ROWS_PER_MESSAGE, waiting)
        if not taken:
            return QueuedMessage(garbled=garbled)
        fridge_id = self._fridge(connection)
        body = sensor_body(fridge_id, taken, at.date())
        draft = MessageDraft(self.sensor_topic, SENSOR_TYPE, fridge_id, body, len(taken), at)
        return QueuedMessage(message_table.enqueue(connection, draft), readings=tuple(taken), garbled=garbled)

    def report(
        self, connection: sqlite3.Connection, topic: str, kind: MessageKind, body: bytes, items: int, at: datetime
    ) -> int:
        """A message about the fridge itself."""
        return message_table.enqueue(connection, MessageDraft(topic, kind, self._fridge(connection), body, items, at))

    def removed(self, connection: sqlite3.Connection, at: datetime) -> QueuedMessage:
        """What was taken out, and can come back no more, becomes one message; none where there is no topic for it."""
        gone = stock_queries.untold(connection, at) if self.removed_topic else []
        if not gone:
            return QueuedMessage()
        fridge_id = self._fridge(connection)
        draft = MessageDraft(self.removed_topic, REMOVED_TYPE, fridge_id, removed_body(fridge_id, gone), len(gone), at)
        seq = message_table.enqueue(connection, draft)
        stock_queries.set_told(connection, gone, seq)
        return QueuedMessage(seq, removed=tuple(food.name for food in gone))

    def _foods(self, connection: sqlite3.Connection, named: Sequence[FoodItem], at: datetime) -> QueuedMessage:
        fridge_id = self._fridge(connection)
        draft = MessageDraft(self.food_topic, FOOD_TYPE, fridge_id, food_body(fridge_id, named), len(named), at)
        seq = message_table.enqueue(connection, draft)
        items.set_sent(connection, named, seq)
        products.learn(connection, named)
        return QueuedMessage(seq, foods=tuple(named))

    def _fridge(self, connection: sqlite3.Connection) -> int:
        return message_table.fridge(connection) if self.fridge_id is None else self.fridge_id
