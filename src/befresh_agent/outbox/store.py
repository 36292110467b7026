"""The outbox's store: foods and readings go in durably, messages come out frozen.

It stands behind the ports `Ledger` (registration) and `ReadingLog` (containers), and serves batcher, relay and the
`outbox` commands. Every call is one transaction of the agent's database.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeVar

from befresh_agent.database import Database, Work
from befresh_agent.domain.clock_step import SETTLING_S, Anchor
from befresh_agent.domain.events import (
    DiskFull,
    MemoryReplaced,
    MessageDead,
    MessageQueued,
    ReadingsDropped,
    SessionRecovered,
    TimesCorrected,
)
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.messages import food_entry
from befresh_agent.domain.reading import Heard, Reading
from befresh_agent.domain.visit_history import VisitRecord
from befresh_agent.errors import InvalidValue, StoreError, StoreFull
from befresh_agent.events import Events
from befresh_agent.outbox import items, lookup, readings, rows, visits
from befresh_agent.outbox.lookup import Entry
from befresh_agent.outbox.queueing import Queued, Sender
from befresh_agent.outbox.rows import State
from befresh_agent.ports.clock import BELIEVED, Clock, Trust
from befresh_agent.ports.publisher import Message
from befresh_agent.record.history import History
from befresh_agent.settings import KafkaSettings

T = TypeVar("T")
_SENSOR_ROWS = 50
"""Batches of readings in one delivery; foods go one by one, so that a crash repeats at most one of them."""


@dataclass(frozen=True, slots=True)
class Summary:
    """How the outbox stands."""

    waiting: int
    oldest_s: float
    """Age of the oldest waiting message; 0 when none waits."""
    dead: int
    journal: int
    unnamed: int
    """Items that wait for a name."""


class Store:
    """The agent gives its fridge's id; a guest (the `outbox` commands) goes by the one the agent has left there."""

    def __init__(
        self,
        database: Database,
        *,
        fridge_id: int | None,
        topics: KafkaSettings,
        clock: Clock,
        events: Events,
        trust: Trust = BELIEVED,
    ) -> None:
        self._database = database
        self._sender = Sender(fridge_id, topics.food_topic, topics.sensor_topic)
        self._clock = clock
        self._trust = trust
        self._events = events

    @property
    def food_topic(self) -> str:
        return self._sender.food_topic

    # Ledger

    async def add(self, session: str, item: FoodItem) -> None:
        named = replace(item, name=(item.name or "").strip() or None)
        try:
            food_entry(replace(named, name=named.name or "?"))
        except InvalidValue as error:
            raise StoreError(str(error)) from error
        await self._write(lambda c: items.add(c, session, named))

    async def remove(self, item_id: str) -> None:
        await self._write(lambda c: items.remove(c, [item_id]))

    async def discard(self, session: str) -> int:
        return await self._write(lambda c: items.remove(c, [item.id for item in items.of_session(c, session)]))

    async def settle(self, session: str) -> int:
        queued = await self._write(lambda c: self._sender.settle(c, session, self._clock.now()))
        self._tell_queued(queued)
        return len(queued.foods)

    async def settle_left_behind(self, live: str | None) -> None:
        for session in await self._database.run(items.open_sessions):
            if session != live:
                self._events.tell(SessionRecovered(session, await self.settle(session)))

    # ReadingLog

    async def keep(self, reading: Reading, visited: Sequence[VisitRecord] = (), *, heard: Heard | None = None) -> None:
        def work(connection: sqlite3.Connection) -> int:
            readings.keep(connection, reading)
            visits.keep(connection, visited)
            if heard is not None:
                readings.note_broadcast(connection, reading.address, heard.counter)
            if reading.clock_synced and reading.anchor is not None:
                return readings.correct(connection, reading.anchor, reading.taken_at)
            return 0

        self._tell_corrected(await self._write(work))

    async def keep_visits(self, visited: Sequence[VisitRecord]) -> None:
        await self._write(lambda c: visits.keep(c, visited))

    # Start and upkeep

    async def recover(self) -> None:
        """Finish what a crash or a power cut left open; the agent calls it once, before new sessions begin."""
        if (fridge_id := self._sender.fridge_id) is not None:
            await self._write(lambda c: rows.set_fridge(c, fridge_id))
        if (replaced := self._database.replaced) is not None:
            self._events.tell(MemoryReplaced(str(replaced.kept_as), replaced.error, replaced.rescued))
        await self.settle_left_behind(None)

    async def prune(self, kept_days: int) -> None:
        """Forget messages that were delivered longer ago than that."""
        before = self._clock.now() - timedelta(days=kept_days)
        await self._database.run(lambda c: rows.forget(c, before))
        await self._database.keep_reserve()

    async def prune_history(self, history_days: int) -> None:
        """Forget readings that were taken longer ago than that."""
        await History(self._database).prune(self._clock.now() - timedelta(days=history_days))

    async def summary(self) -> Summary:
        def work(connection: sqlite3.Connection) -> tuple[dict[str, int], datetime | None, int]:
            return *lookup.standing(connection), len(items.unnamed(connection))

        counts, oldest, unnamed = await self._database.run(work)
        age = (self._clock.now() - oldest).total_seconds() if oldest else 0
        waiting, dead, journal = (counts.get(state, 0) for state in (State.WAITING, State.DEAD, State.JOURNAL))
        return Summary(waiting, max(0, age), dead, journal, unnamed)

    # Batcher

    async def batch(self) -> int:
        """Turn the kept readings, as many as fit, into one message; how many it carries.

        Those of a clock that may yet be set are corrected if it is, and wait if it is not, but not for ever.
        """
        now, here, synced = self._clock.now(), Anchor(self._trust.boot, self._clock.monotonic()), self._trust.synced()
        waiting = here.boot if here.boot and not synced and here.monotonic < SETTLING_S else None

        def work(connection: sqlite3.Connection) -> tuple[int, Queued]:
            count = readings.correct(connection, here, now) if here.boot and synced else 0
            return count, self._sender.batch(connection, now, waiting)

        count, queued = await self._write(work)
        self._tell_corrected(count)
        self._tell_queued(queued)
        return len(queued.readings)

    # Relay and journal

    async def lanes(self) -> list[tuple[str, int]]:
        """Topics with waiting messages, foods first, and how many may be sent at a time."""
        topics = await self._database.run(rows.waiting_topics)
        food, sensor = self._sender.food_topic, self._sender.sensor_topic
        return [(topic, _SENSOR_ROWS if topic == sensor else 1) for topic in sorted(topics, key=lambda t: t != food)]

    async def peek(self, topic: str, limit: int) -> list[Message]:
        """The oldest waiting messages of a topic."""
        messages, garbled = await self._write(lambda c: rows.peek(c, topic, limit))
        for seq in garbled:
            self._events.tell(MessageDead(seq, topic, rows.GARBLED))
        return messages

    async def mark(self, seqs: Sequence[int], state: State) -> None:
        """Note that messages were delivered, or stay in the journal."""
        at = self._clock.now() if state is State.DELIVERED else None
        try:
            await self._database.run(lambda c: rows.mark(c, seqs, state, at))
        except StoreFull:  # not even room for a date: what has arrived need not be remembered
            if state is not State.DELIVERED:
                raise
            await self._database.run(lambda c: rows.drop(c, seqs))

    async def refuse(self, seq: int, error: str) -> bool:
        """Note that the broker refused a message; whether that makes it dead."""
        return await self._write(lambda c: rows.refuse(c, seq, error))

    # Commands

    async def name(self, item_id: str, name: str) -> int | None:
        """Give an item its name; the number of the message it travels in, None while its session is still open."""
        if not (name := name.strip()):
            raise InvalidValue("a name cannot be empty")
        queued = await self._write(lambda c: self._sender.give_name(c, item_id, name, self._clock.now()))
        self._tell_queued(queued)
        return queued.seq or None

    async def unnamed(self) -> list[FoodItem]:
        return await self._database.run(items.unnamed)

    async def entries(
        self,
        states: Sequence[State] = (),
        *,
        after: int = 0,
        before: int | None = None,
        limit: int = -1,
        newest: bool = False,
    ) -> list[Entry]:
        """Messages of these states (all when none is given) between two numbers, in order."""
        return await self._database.run(
            lambda c: lookup.entries(c, states, after=after, before=before, limit=limit, newest=newest)
        )

    async def entry(self, seq: int) -> Entry | None:
        return await self._database.run(lambda c: lookup.entry(c, seq))

    async def revive(self, seqs: Sequence[int] | None) -> list[int]:
        """Let dead messages (all, or these) wait for delivery again; which ones there were."""
        return await self._database.run(lambda c: lookup.revive(c, seqs))

    async def replay(self, since: datetime | None) -> list[int]:
        """Let messages of the journal wait for delivery; which ones."""
        return await self._database.run(lambda c: lookup.replay(c, since))

    def _tell_corrected(self, count: int) -> None:
        if count:
            self._events.tell(TimesCorrected(count))

    def _tell_queued(self, queued: Queued) -> None:
        if queued.garbled:
            self._events.tell(ReadingsDropped(queued.garbled))
        if queued.foods:
            text = ", ".join(item.name or "" for item in queued.foods)
            self._events.tell(MessageQueued(queued.seq, self._sender.food_topic, text))
        if queued.readings:
            boxes, count = len({reading.address for reading in queued.readings}), len(queued.readings)
            text = f"{count} reading{'s' * (count > 1)} of {boxes} container{'s' * (boxes > 1)}"
            if unsure := sum(not reading.clock_synced for reading in queued.readings):
                text += f", {unsure} dated by a clock not known to be right"
            self._events.tell(MessageQueued(queued.seq, self._sender.sensor_topic, text))

    async def _write(self, work: Work[T]) -> T:
        """Do the work; while there is no room, give up the oldest of what matters least and try again."""
        while True:
            try:
                result = await self._database.run(work)
            except StoreFull:
                gone, lost = await self._database.run(lambda c: rows.make_room(c, self._sender.sensor_topic))
                if lost:
                    self._events.tell(ReadingsDropped(lost))
                if not gone:
                    raise
            else:
                self._tell_full_disk()
                return result

    def _tell_full_disk(self) -> None:
        if self._database.reserve_spent:
            self._database.reserve_spent = False
            self._events.tell(DiskFull(str(self._database.path.parent)))
