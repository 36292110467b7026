"""Items and readings become messages, within the very transaction that takes them from where they waited."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.messages import FOOD_TYPE, ROWS_PER_MESSAGE, SENSOR_TYPE, food_body, sensor_body
from befresh_agent.domain.reading import Reading
from befresh_agent.errors import StoreError
from befresh_agent.outbox import items, readings, rows
from befresh_agent.outbox.rows import Draft


@dataclass(frozen=True, slots=True)
class Queued:
    """A new message, or none (`seq` 0), and what it carries."""

    seq: int = 0
    foods: tuple[FoodItem, ...] = ()
    readings: tuple[Reading, ...] = ()
    garbled: int = 0
    """Readings that could not be read from the disk any more."""


@dataclass(frozen=True, slots=True)
class Sender:
    """In whose name messages are made."""

    fridge_id: int | None
    """None for a guest: the fridge whose agent keeps the store."""
    food_topic: str
    sensor_topic: str

    def settle(self, connection: sqlite3.Connection, session: str, at: datetime) -> Queued:
        """The session's named items become one message; the others wait for their names."""
        named = [item for item in items.of_session(connection, session) if item.name]
        queued = self._foods(connection, named, at) if named else Queued()
        items.set_unnamed(connection, session)
        return queued

    def give_name(self, connection: sqlite3.Connection, item_id: str, name: str, at: datetime) -> Queued:
        """The item gets its name; it becomes a message of its own when its session is over."""
        found = items.find(connection, item_id)
        if found is None:
            raise StoreError(f"there is no item {item_id}")
        item, state = found
        if item.name:
            raise StoreError(f"item {item_id} has its name already: {item.name}")
        items.rename(connection, item_id, name)
        return Queued() if state == "open" else self._foods(connection, [replace(item, name=name)], at)

    def batch(self, connection: sqlite3.Connection, at: datetime, waiting: str | None = None) -> Queued:
        """The kept readings, as many as fit, become one message; `waiting` is a run of the machine without a clock."""
        taken, garbled = readings.take(connection, ROWS_PER_MESSAGE, waiting)
        if not taken:
            return Queued(garbled=garbled)
        fridge_id = self._fridge(connection)
        body = sensor_body(fridge_id, taken, at.date())
        draft = Draft(self.sensor_topic, SENSOR_TYPE, fridge_id, body, len(taken), at)
        return Queued(rows.enqueue(connection, draft), readings=tuple(taken), garbled=garbled)

    def _foods(self, connection: sqlite3.Connection, named: Sequence[FoodItem], at: datetime) -> Queued:
        fridge_id = self._fridge(connection)
        draft = Draft(self.food_topic, FOOD_TYPE, fridge_id, food_body(fridge_id, named), len(named), at)
        seq = rows.enqueue(connection, draft)
        items.set_sent(connection, named, seq)
        return Queued(seq, foods=tuple(named))

    def _fridge(self, connection: sqlite3.Connection) -> int:
        return rows.fridge(connection) if self.fridge_id is None else self.fridge_id
