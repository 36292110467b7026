"""One kind of message on its way: oldest first, until each is acknowledged; and what keeps messages from arriving.

In: outbox rows, woken by the queue's signal. Out: a sink, and one event for each change. Every kind has a lane of its
own to every sink, with its own pauses. A topic's fault is that topic's; anything else is the sink's.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from befresh_agent.delivery.delivery_troubles import DeliveryTroubles
from befresh_agent.domain.delivery_events import (
    MessageDead,
    MessageDelivered,
    MessageQueued,
    MessageSplit,
)
from befresh_agent.domain.events import Event
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.errors import (
    BefreshError,
    DeliveryError,
    DeliveryRefused,
    StoreError,
    TooLarge,
)
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import MessageSink, OutgoingMessage
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.event_loop import until_set
from befresh_agent.runtime.supervision import VitalSigns
from befresh_agent.settings.model import DeliverySettings
from befresh_agent.storage.message_queue import MessageQueue


class QueueSignal:
    """Rings for every new message, or for those of one topic only, and when somebody rings it."""

    def __init__(self, events: EventBus, clock: Clock, topic: str | None = None) -> None:
        self._clock = clock
        self._topic = topic
        self._rung = asyncio.Event()
        events.subscribe(self._heard)

    def _heard(self, event: Event) -> None:
        if isinstance(event, MessageQueued) and self._topic in (None, event.topic):
            self.ring()

    def ring(self) -> None:
        self._rung.set()

    def clear(self) -> None:
        """Forget that it rang."""
        self._rung.clear()

    async def wait(self, seconds: float) -> bool:
        """Until it rings, at most so long; whether it rang. A ring while nobody waited counts."""
        try:
            await until_set(self._rung, self._clock.sleep(seconds))
            return self._rung.is_set()
        finally:
            self._rung.clear()


_LOOK_S = 5.0
"""Another process (the `outbox` commands) may queue a message without giving our signal."""

_POKE_S = 10.0
"""News cut pauses short at most this often."""

_STEP_S = 900.0
"""A round takes less: connecting, and the batch, have limits of their own."""


@dataclass(slots=True)
class LaneRound:
    """What one round brought: messages that got through, and the last thing that went wrong."""

    moved: int = 0
    trouble: BefreshError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOut:
    """What all lanes of a sink share."""

    store: MessageQueue
    sink: MessageSink
    settings: DeliverySettings
    clock: Clock
    events: EventBus
    chance: Callable[[], float]
    vitals: VitalSigns
    troubles: DeliveryTroubles
    got_through: Callable[[], None]
    """A lane has reached the sink: it may be worth a try for others that could not."""


class DeliveryLane:
    def __init__(self, kind: str, way: WayOut) -> None:
        self._kind = kind
        self._way = way
        self._signal = QueueSignal(way.events, way.clock, self.topic)
        self._turn = asyncio.Lock()
        settings = way.settings
        self._pauses = RetryPauses(Backoff(settings.backoff_first_s, settings.backoff_longest_s), way.chance)
        self._acknowledged: list[OutgoingMessage] = []
        """Delivered, but not yet marked so: must not be sent again."""
        self.not_before = 0.0
        """Nothing is sent before that time of the clock that never jumps."""
        self.ending = False

    @property
    def topic(self) -> str:
        return self._way.store.topics[self._kind]

    async def run(self) -> None:
        """Deliver until `ending` is set."""
        await self._way.clock.sleep(self.not_before - self._way.clock.monotonic())
        while not self.ending:
            with self._way.vitals.step("relay", _STEP_S + self._way.settings.backoff_longest_s):
                await self._take_a_turn()

    async def drain(self) -> None:
        """Deliver what waits, as long as that goes well."""
        async with self._turn:
            while (await self._round()).moved:
                pass

    def poke(self) -> None:
        """Cut the pause short."""
        self._signal.ring()

    async def _take_a_turn(self) -> None:
        """One round, and the pause that follows from it."""
        async with self._turn:
            done = await self._round()
            await self._note(done)
        if done.moved:
            self._way.got_through()
            self._pauses.worked()
        elif done.trouble is not None:
            await self._pause(self._pauses.failed())
        else:
            await self._signal.wait(_LOOK_S)

    async def _round(self) -> LaneRound:
        """Offer the oldest messages once."""
        done = LaneRound()
        self._signal.clear()  # what is queued until now is seen by this round
        try:
            await self._mark()
            if messages := await self._way.store.peek(self._kind, self._way.sink.name):
                await self._offer(messages, done)
        except StoreError as error:
            done.trouble = error
        return done

    async def _offer(self, messages: list[OutgoingMessage], done: LaneRound) -> None:
        outcomes = await self._way.sink.publish(messages)
        results = list(zip(messages, outcomes, strict=True))
        self._acknowledged = [message for message, error in results if error is None]
        done.moved += len(self._acknowledged)
        done.trouble = next((error for _, error in results if error is not None), done.trouble)
        await self._mark()
        for message, error in results:
            if isinstance(error, DeliveryRefused):
                await self._refuse(message, error, alone=len(messages) == 1)

    async def _mark(self) -> None:
        if not self._acknowledged:
            return
        await self._way.store.arrived(self._acknowledged, self._way.sink.name)
        for message in self._acknowledged:
            self._way.events.emit(MessageDelivered(message.seq, message.topic, self._way.sink.where))
        self._acknowledged = []

    async def _refuse(self, message: OutgoingMessage, error: DeliveryError, *, alone: bool) -> None:
        store, events = self._way.store, self._way.events
        if alone and isinstance(error, TooLarge) and (other := await store.split(message)) is not None:
            events.emit(MessageSplit(message.seq, message.topic, other))
        elif await store.refuse(message, str(error), self._way.sink.name):
            events.emit(MessageDead(message.seq, message.topic, str(error)))

    async def _note(self, done: LaneRound) -> None:
        if done.trouble is None or isinstance(done.trouble, DeliveryRefused):
            self._way.troubles.well(self.topic)
        elif self._way.troubles.is_news(self.topic, done.trouble):
            self._way.troubles.failed(self.topic, done.trouble, await self._waiting())

    async def _waiting(self) -> int:
        try:
            return (await self._way.store.summary()).waiting
        except StoreError:
            return 0

    async def _pause(self, seconds: float) -> None:
        deaf = min(seconds, _POKE_S)
        await self._way.clock.sleep(deaf)
        if seconds > deaf and await self._signal.wait(seconds - deaf):
            self._pauses.worked()
