"""The outbox's store: foods and readings go in durably, messages come out frozen.

It stands behind the ports `ItemStore` (registration) and `ReadingStore` (containers), and serves the batcher. Whoever
empties it sees it as a `MessageQueue`. Every call is one transaction of the agent's database.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import get_args

from befresh_agent.domain.container import Address
from befresh_agent.domain.delivery_events import (
    BROKER,
    DatabaseNewer,
    DatabaseRebuilt,
    MessageQueued,
    ReadingsDropped,
    TimesCorrected,
)
from befresh_agent.domain.events import ItemRegistered, SessionRecovered
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.food_names import typed_name
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.messages import MessageKind, food_entry
from befresh_agent.domain.phrase import Phrase, counted
from befresh_agent.domain.reading import SETTLING_S, BroadcastOrigin, ClockAnchor, Reading
from befresh_agent.domain.short_ids import the_one
from befresh_agent.domain.visits import VisitRecord
from befresh_agent.errors import InvalidValue, StoreError
from befresh_agent.ports.clock import BELIEVED, Clock, ClockTrust
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage import (
    corrections,
    deliveries,
    foods,
    message_table,
    meta_table,
    products,
    readings,
    retention,
    sealed_rows,
    visit_log,
)
from befresh_agent.storage.database import Database, Work
from befresh_agent.storage.history import ReadingHistory
from befresh_agent.storage.message_builder import MessageBuilder, QueuedMessage
from befresh_agent.storage.message_queue import MessageQueue
from befresh_agent.storage.sealed_rows import SealedLog

_DAY_S = 86_400


class OutboxStore(MessageQueue):
    """The agent gives its fridge's id; a guest (the `outbox` commands) goes by the one the agent has left there."""

    def __init__(
        self,
        database: Database,
        *,
        fridge_id: int | None,
        topics: KafkaSettings,
        clock: Clock,
        events: EventBus,
        sinks: Sequence[str] = (BROKER,),
        trust: ClockTrust = BELIEVED,
        seal: SealedLog | None = None,
    ) -> None:
        super().__init__(database, topics=topics, clock=clock, events=events, sinks=sinks)
        self._sender = MessageBuilder(fridge_id, topics.food_topic, topics.sensor_topic, topics.removed_topic)
        self._trust = trust
        self._seal = seal
        self._aged_at = clock.monotonic()

    # Ledger

    async def add(self, session: str, item: FoodItem) -> None:
        named = _sendable(item)
        await self._write(lambda c: foods.add(c, session, named))

    async def register(self, item: FoodItem) -> None:
        """A session of this item alone, from its beginning to its message, in one transaction."""
        named = _sendable(item)

        def work(connection: sqlite3.Connection) -> QueuedMessage:
            foods.add(connection, named.id, named)
            return self._sender.settle(connection, named.id, self._clock.now())

        queued = await self._write(work)
        self._events.emit(ItemRegistered(named))
        self._tell_queued(queued)

    async def remove(self, item_id: str) -> None:
        await self._write(lambda c: foods.remove(c, [item_id]))

    async def discard(self, session: str) -> int:
        return await self._write(lambda c: foods.remove(c, [item.id for item in foods.of_session(c, session)]))

    async def names_used(self) -> Mapping[str, int]:
        return await self._database.run(foods.names_used)

    async def product(self, gtin: str) -> KnownProduct | None:
        return await self._database.run(lambda c: products.find(c, gtin))

    async def corrections(self) -> Mapping[str, str]:
        return await self._database.run(corrections.all_of)

    async def settle(self, session: str) -> int:
        queued = await self._write(lambda c: self._sender.settle(c, session, self._clock.now()))
        self._tell_queued(queued)
        return len(queued.foods)

    async def settle_left_behind(self, live: str | None) -> None:
        for session in await self._database.run(foods.open_sessions):
            if session != live:
                self._events.emit(SessionRecovered(session, await self.settle(session)))

    async def tell_removed(self) -> int:
        """Turn what was taken out, and can come back no more, into a message; how many foods it carries."""
        queued = await self._write(lambda c: self._sender.removed(c, self._clock.now()))
        self._tell_queued(queued)
        return len(queued.removed)

    # ReadingLog

    async def keep_reading(
        self,
        reading: Reading,
        visited: Sequence[VisitRecord] = (),
        *,
        heard: BroadcastOrigin | None = None,
        beliefs: str | None = None,
    ) -> None:
        def work(connection: sqlite3.Connection) -> int:
            if self._seal is not None:
                self._seal.note_reading(connection, reading)
            readings.keep(connection, reading)
            visit_log.keep_visits(connection, visited)
            if heard is not None:
                readings.note_broadcast(connection, reading.address, heard)
            if beliefs is not None:
                readings.note_beliefs(connection, reading.address, beliefs)
            if reading.clock_synced and reading.anchor is not None:
                return self._correct(connection, reading.anchor, reading.taken_at)
            return 0

        self._tell_corrected(await self._write(work))

    async def keep_visits(self, visited: Sequence[VisitRecord]) -> None:
        await self._write(lambda c: visit_log.keep_visits(c, visited))

    async def note_action(self, address: Address, who: str, what: str) -> None:
        """Add to the sealed log what a person did. Raises `InvalidValue` for nothing said."""
        seal, data = self._seal, {"container": address, "who": who.strip(), "what": what.strip()}
        if seal is None or not all(data.values()):
            raise InvalidValue("say who did what; the sealed log must be switched on (delivery.sealed_log)")
        await self._write(lambda c: seal.append(c, self._clock.now(), "action", data))

    def note_seen(self, alarm: str, text: str, who: str) -> Work[None]:
        """What adds to the sealed log, within a transaction, who has seen an alarm; nothing where none is kept."""
        seal, data = self._seal, {"alarm": alarm, "text": text, "who": who.strip()}
        return lambda c: seal.append(c, self._clock.now(), "acknowledgement", data) if seal else None

    # Start and upkeep

    async def recover(self) -> None:
        """Finish what a crash or a power cut left open; the agent calls it once, before new sessions begin."""
        if (fridge_id := self._sender.fridge_id) is not None:
            await self._write(lambda c: message_table.set_fridge(c, fridge_id))
        await self._write(meta_table.begin)
        await self._write(message_table.learn_kinds)
        await self._write(lambda c: message_table.shelve(c, set(get_args(MessageKind)) - self.topics.keys()))
        await self._write(lambda c: deliveries.take_over(c, self._sinks))
        if (replaced := self._database.replaced) is not None:
            self._events.emit(DatabaseRebuilt(str(replaced.kept_as), replaced.error, replaced.rescued))
        if (schema := self._database.schema).newer:
            self._events.emit(DatabaseNewer(schema.version, schema.known))
        await self.settle_left_behind(None)

    def check_seal(self) -> None:
        """Raises `StoreError` where a log is to be sealed and cannot be signed: at the start, not at midnight."""
        if self._seal is not None:
            _ = self._seal.key.public

    async def prune(self, kept_days: float, history_days: float) -> None:
        """Forget messages that were delivered, and readings that were taken, longer ago than that.

        A day is one that the agent has run, and a turn takes little: a clock that leaps costs nothing.
        """
        now, passed = self._clock.monotonic(), self._clock.monotonic() - self._aged_at
        await self._database.run(lambda c: meta_table.passed(c, passed))
        self._aged_at = now
        await self._database.run(lambda c: retention.forget(c, kept_days * _DAY_S))
        await ReadingHistory(self._database).prune(history_days * _DAY_S)
        if (seal := self._seal) is not None:
            await self._database.run(lambda c: sealed_rows.forget(c, seal.kept_days * _DAY_S))
        await self._database.keep_reserve()

    # Batcher

    async def batch(self) -> int:
        """Turn the kept readings, as many as fit, into one message; how many it carries.

        Those of a clock that may yet be set are corrected if it is, and wait if it is not, but not for ever.
        """
        now, here, synced = (
            self._clock.now(),
            ClockAnchor(self._trust.boot, self._clock.monotonic()),
            self._trust.synced(),
        )
        waiting = here.boot if here.boot and not synced and here.monotonic < SETTLING_S else None

        def work(connection: sqlite3.Connection) -> tuple[int, QueuedMessage]:
            count = self._correct(connection, here, now) if here.boot and synced else 0
            return count, self._sender.batch(connection, now, waiting)

        count, queued = await self._write(work)
        self._tell_corrected(count)
        self._tell_queued(queued)
        return len(queued.readings)

    async def report(self, kind: MessageKind, body: bytes, items: int) -> None:
        """Queue what is neither food nor reading; of a kind that has a topic."""
        topic, now = self.topics[kind], self._clock.now()
        seq = await self._write(lambda c: self._sender.report(c, topic, kind, body, items, now))
        self._events.emit(MessageQueued(seq, topic, kind))

    # Commands

    async def name(self, item_id: str, name: str) -> int | None:
        """Give an item its name; the number of the message it travels in, None while its session is still open."""
        given = typed_name(name)
        queued = await self._write(lambda c: self._sender.give_name(c, item_id, given, self._clock.now()))
        self._tell_queued(queued)
        return queued.seq or None

    async def confirm(self, item_id: str) -> int | None:
        """Somebody has looked at an item's date: it is right; the number of the message it travels in, if it does."""
        queued = await self._write(lambda c: self._sender.confirm(c, item_id, self._clock.now()))
        self._tell_queued(queued)
        return queued.seq or None

    async def meant_item(self, typed: str) -> str:
        """The item whose id begins so, one without a name before others. Raises `InvalidValue` for none or several."""
        waiting, everybody = await self._database.run(lambda c: ([one.id for one in foods.unnamed(c)], foods.ids(c)))
        found = the_one(typed, waiting, "item") or the_one(typed, everybody, "item")
        if found is None:
            raise InvalidValue(f"there is no item {typed}; `befresh-agent outbox list` shows which wait for a name")
        return found

    async def unnamed(self) -> list[FoodItem]:
        return await self._database.run(foods.unnamed)

    def _correct(self, connection: sqlite3.Connection, now: ClockAnchor, wall: datetime) -> int:
        corrections = readings.correct(connection, now, wall)
        if self._seal is not None:
            for address, was, right in corrections:
                self._seal.note_correction(connection, address, was, right, wall)
        return len(corrections)

    def _tell_corrected(self, count: int) -> None:
        if count:
            self._events.emit(TimesCorrected(count))

    def _tell_queued(self, queued: QueuedMessage) -> None:
        if queued.garbled:
            self._events.emit(ReadingsDropped(queued.garbled))
        if queued.foods:
            names = ", ".join(item.name or "" for item in queued.foods)
            self._events.emit(MessageQueued(queued.seq, self._sender.food_topic, names))
        if queued.removed:
            self._events.emit(MessageQueued(queued.seq, self._sender.removed_topic, ", ".join(queued.removed)))
        if queued.readings:
            boxes, count = len({reading.address for reading in queued.readings}), len(queued.readings)
            text = Phrase(
                "{readings} of {containers}",
                readings=counted(count, "1 reading", "{count} readings"),
                containers=counted(boxes, "1 container", "{count} containers"),
            )
            if unsure := sum(not reading.clock_synced for reading in queued.readings):
                text = Phrase("{all}, {unsure} dated by a clock not known to be right", all=text, unsure=unsure)
            self._events.emit(MessageQueued(queued.seq, self._sender.sensor_topic, text))


def _sendable(item: FoodItem) -> FoodItem:
    """The item as it is kept. Raises `StoreError` where it could never travel."""
    named = replace(item, name=(item.name or "").strip() or None)
    try:
        food_entry(replace(named, name=named.name or "?"))
    except InvalidValue as error:
        raise StoreError(str(error)) from error
    return named
