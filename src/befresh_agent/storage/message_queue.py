"""The outbox as those see it who empty it: the relays of the sinks, the journal, the commands and the page.

Every call is one transaction of the agent's database.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from befresh_agent.domain.delivery_events import BROKER, DiskFull, MessageDead, ReadingsDropped
from befresh_agent.domain.messages import FOOD_TYPE, FRESHNESS_TYPE, HEARTBEAT_TYPE, REMOVED_TYPE, SENSOR_TYPE
from befresh_agent.errors import InvalidValue, StoreFull
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.ports.storage import OutboxMessage, OutboxStatus
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage import (
    deliveries,
    foods,
    message_queries,
    message_table,
    retention,
)
from befresh_agent.storage.database import Database, Work
from befresh_agent.storage.deliveries import SinkDelivery
from befresh_agent.storage.message_queries import OutboxEntry
from befresh_agent.storage.message_table import MessageState

T = TypeVar("T")
_SENSOR_ROWS = 50
"""Batches of readings in one delivery; foods go one by one, so that a crash repeats at most one of them."""


class MessageQueue:
    """`sinks` are the names of those that are set: a message waits until all of them are done with it."""

    def __init__(
        self,
        database: Database,
        *,
        topics: KafkaSettings,
        clock: Clock,
        events: EventBus,
        sinks: Sequence[str] = (BROKER,),
    ) -> None:
        self._database = database
        self._clock = clock
        self._events = events
        self._sinks = tuple(sinks)
        switched = {
            REMOVED_TYPE: topics.removed_topic,
            FRESHNESS_TYPE: topics.freshness_topic,
            HEARTBEAT_TYPE: topics.heartbeat_topic,
        }
        self.topics: Mapping[str, str] = {
            FOOD_TYPE: topics.food_topic,
            SENSOR_TYPE: topics.sensor_topic,
            **{kind: topic for kind, topic in switched.items() if topic},
        }
        """Where each kind of message goes, foods first; kinds that are switched off go nowhere."""

    # A sink's relay

    async def peek(self, kind: str, sink: str = BROKER) -> list[OutgoingMessage]:
        """The oldest messages of a kind that wait for the sink, as many as travel together."""
        topic, limit = self.topics[kind], _SENSOR_ROWS if kind == SENSOR_TYPE else 1
        messages, garbled = await self._write(lambda c: deliveries.peek(c, sink, kind, topic, limit))
        for seq in garbled:
            self._events.emit(MessageDead(seq, topic, message_table.GARBLED))
        return messages

    async def arrived(self, messages: Sequence[OutgoingMessage], sink: str = BROKER) -> None:
        """Note that the sink has these messages."""
        at, sinks = self._clock.now(), self._sinks
        try:
            await self._database.run(lambda c: deliveries.arrived(c, messages, sink, sinks, at))
        except StoreFull:
            await self._database.run(lambda c: deliveries.drop_arrived(c, messages, sink, sinks))

    async def refuse(self, message: OutgoingMessage, error: str, sink: str = BROKER) -> bool:
        """Note that the sink refused a message; whether that makes it dead there."""
        return await self._write(lambda c: deliveries.refuse(c, message, sink, self._sinks, error))

    async def split(self, message: OutgoingMessage) -> int | None:
        """Make two messages of one that is too large; the number of the second, None where nothing can be divided."""
        return await self._write(lambda c: deliveries.split(c, message))

    # Journal

    async def mark(self, seqs: Sequence[int], state: MessageState) -> None:
        """Note that messages are done with everywhere: delivered, or in the journal."""
        at = self._clock.now() if state is MessageState.DELIVERED else None
        await self._database.run(lambda c: message_table.mark(c, seqs, state, at))

    # Commands

    async def summary(self) -> OutboxStatus:
        def work(connection: sqlite3.Connection) -> tuple[dict[str, int], datetime | None, int, int]:
            counts, oldest = message_queries.standing(connection)
            return counts, oldest, deliveries.partly_dead(connection), len(foods.unnamed(connection))

        counts, oldest, refused, unnamed = await self._database.run(work)
        age = (self._clock.now() - oldest).total_seconds() if oldest else 0
        return OutboxStatus(
            waiting=counts.get(MessageState.WAITING, 0),
            oldest_s=max(0, age),
            dead=counts.get(MessageState.DEAD, 0) + refused,
            journal=counts.get(MessageState.JOURNAL, 0),
            unnamed=unnamed,
        )

    async def entries(
        self,
        states: Sequence[MessageState] = (),
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = -1,
        newest: bool = False,
    ) -> list[OutboxEntry]:
        """Messages of these states (all when none is given) between two numbers, in order."""
        return await self._database.run(
            lambda c: message_queries.entries(c, states, after=after, before=before, limit=limit, newest=newest)
        )

    async def meant(self, typed: str) -> OutboxEntry:
        """The message with this number, or whose id begins so. Raises `InvalidValue` for none or several."""
        found = await self._database.run(lambda c: message_queries.meant(c, typed))
        if found is None:
            raise InvalidValue(f"there is no message {typed}; `befresh-agent outbox list` shows the newest")
        return found

    async def deliveries(self, seq: int) -> Mapping[str, SinkDelivery]:
        """What has become of a message at each sink that has it or refused it, while another has it not."""
        return await self._database.run(lambda c: deliveries.of_message(c, seq))

    async def retry(self, seqs: Sequence[int] | None) -> list[int]:
        """Let dead messages (all, or these) be delivered again; which ones there were."""
        return await self._database.run(lambda c: deliveries.revive(c, seqs))

    async def replay(self, since: datetime | None) -> list[int]:
        """Let messages of the journal wait for delivery; which ones."""
        return await self._database.run(lambda c: message_queries.replay(c, since))

    async def _write(self, work: Work[T]) -> T:
        """Do the work; while there is no room, give up the oldest of what matters least and try again."""
        while True:
            try:
                result = await self._database.run(work)
            except StoreFull:
                gone, lost = await self._database.run(retention.make_room)
                if lost:
                    self._events.emit(ReadingsDropped(lost))
                if not gone:
                    raise
            else:
                self._tell_full_disk()
                return result

    def _tell_full_disk(self) -> None:
        if self._database.reserve_spent:
            self._database.reserve_spent = False
            self._events.emit(DiskFull(str(self._database.path.parent)))


class OutboxBrowser:
    def __init__(self, store: MessageQueue) -> None:
        self._store = store

    async def status(self) -> OutboxStatus:
        return await self._store.summary()

    async def newest(self, state: str | None, *, before: int | None, limit: int) -> Sequence[OutboxMessage]:
        states = (MessageState(state),) if state else ()
        entries = await self._store.entries(states, before=before, limit=limit, newest=True)
        return [outbox_message(entry) for entry in reversed(entries)]

    async def after(self, after: int, limit: int) -> Sequence[OutboxMessage]:
        return [outbox_message(entry) for entry in await self._store.entries(after=after, limit=limit)]

    async def retry(self, seq: int | None) -> Sequence[int]:
        return await self._store.retry(None if seq is None else [seq])


def outbox_message(entry: OutboxEntry) -> OutboxMessage:
    """The row as others see it."""
    message = entry.message
    return OutboxMessage(
        seq=message.seq,
        id=message.id,
        topic=message.topic,
        key=message.key,
        headers=dict(message.headers),
        body=message.body,
        carries=entry.items,
        state=entry.state,
        created=entry.created,
        delivered=entry.delivered,
        attempts=entry.attempts,
        error=entry.last_error,
    )
