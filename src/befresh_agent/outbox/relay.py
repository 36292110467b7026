"""Carries waiting messages to the broker: oldest first, until each is acknowledged. In: outbox rows. Out: Kafka.

A message is marked only after its own acknowledgement, so it may travel twice (with the same id and bytes) but is never
lost. Any doubt ends in a pause with full jitter; a new food cuts the pause short.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from befresh_agent.deadline import within
from befresh_agent.domain.events import BrokerFound, BrokerLost, MessageDead, MessageDelivered, NotKept
from befresh_agent.domain.pacing import full_jitter
from befresh_agent.errors import BefreshError, DeliveryError, DeliveryRefused, NotAuthorised, StoreError
from befresh_agent.events import Events
from befresh_agent.outbox.bell import Bell
from befresh_agent.outbox.rows import State
from befresh_agent.outbox.store import Store
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.publisher import Message, Publisher
from befresh_agent.settings import DeliverySettings
from befresh_agent.vitals import Vitals

_LOOK_S = 5.0
"""Another process (the `outbox` commands) may queue a message without ringing our bell."""
_POKE_S = 10.0
"""New foods cut pauses short at most this often."""
_CLOSING_S = 2.0
_STEP_S = 900.0
"""A round takes less: connecting, and every topic's batch, have limits of their own."""


@dataclass(slots=True)
class Round:
    """What one round brought: messages that got through, and the last thing that went wrong."""

    moved: int = 0
    trouble: BefreshError | None = None


class Relay:
    def __init__(
        self,
        store: Store,
        publisher: Publisher,
        settings: DeliverySettings,
        *,
        clock: Clock,
        events: Events,
        chance: Callable[[], float] = random.random,
        vitals: Vitals | None = None,
    ) -> None:
        self._store = store
        self._publisher = publisher
        self._settings = settings
        self._clock = clock
        self._events = events
        self._chance = chance
        self._vitals = vitals or Vitals(clock)
        self._news = Bell(events, clock)
        self._food = Bell(events, clock, store.food_topic)
        self._turn = asyncio.Lock()
        self._ending = False
        self._failures = 0
        self._readings_from = 0.0
        self._lost: BefreshError | None = None
        self._lost_at = 0.0
        self._acknowledged: list[Message] = []
        """Delivered, but not yet marked so: must not be sent again."""

    async def run(self) -> None:
        """Deliver until stopped."""
        await self._spread()
        while not self._ending:
            with self._vitals.within("relay", _STEP_S + self._settings.backoff_longest_s):
                await self._take_a_turn()

    async def _take_a_turn(self) -> None:
        """One round, and the pause that follows from it."""
        async with self._turn:
            done = await self._round()
            await self._note(done)
        if done.moved:
            self._failures = 0
        elif done.trouble is not None:
            self._failures += 1
            await self._pause()
        else:
            await self._news.wait(_LOOK_S)

    async def stop(self, grace_s: float) -> None:
        """The orderly end: deliver what waits for at most so many seconds, then close within a few more."""
        self._ending = True
        with suppress(TimeoutError):
            async with within(grace_s), self._turn:
                while (await self._round()).moved:
                    pass
        await self._publisher.close(_CLOSING_S)

    async def _round(self) -> Round:
        """Offer the oldest messages of every topic once."""
        done = Round()
        self._food.hush()  # what is queued until now is seen by this round
        try:
            await self._mark()
            for topic, limit in await self._store.lanes():
                if topic != self._store.food_topic and self._clock.monotonic() < self._readings_from:
                    continue
                await self._offer(await self._store.peek(topic, limit), done)
                if done.trouble is not None and not isinstance(done.trouble, DeliveryRefused | NotAuthorised):
                    break
        except StoreError as error:
            done.trouble = error
        return done

    async def _spread(self) -> None:
        """Hold back readings that a restart has left over: after a power cut a whole region starts at once."""
        with suppress(StoreError):
            left_over = (await self._store.summary()).waiting
            self._readings_from = self._clock.monotonic() + bool(left_over) * self._chance() * self._settings.spread_s

    async def _offer(self, messages: list[Message], done: Round) -> None:
        outcomes = await self._publisher.publish(messages)
        results = list(zip(messages, outcomes, strict=True))
        self._acknowledged = [message for message, error in results if error is None]
        done.moved += len(self._acknowledged)
        done.trouble = next((error for _, error in results if error is not None), done.trouble)
        await self._mark()
        for message, error in results:
            if isinstance(error, DeliveryRefused):
                await self._refuse(message, error)

    async def _mark(self) -> None:
        if not self._acknowledged:
            return
        await self._store.mark([message.seq for message in self._acknowledged], State.DELIVERED)
        for message in self._acknowledged:
            self._events.tell(MessageDelivered(message.seq, message.topic, self._publisher.where))
        self._acknowledged = []

    async def _refuse(self, message: Message, error: DeliveryError) -> None:
        if await self._store.refuse(message.seq, str(error)):
            self._events.tell(MessageDead(message.seq, message.topic, str(error)))

    async def _note(self, done: Round) -> None:
        """Tell when the broker is lost or found; once for each change, however often it is tried."""
        trouble = None if isinstance(done.trouble, DeliveryRefused) else done.trouble
        if trouble is not None and type(trouble) is not type(self._lost):
            if self._lost is None:
                self._lost_at = self._clock.monotonic()
            self._lost = trouble
            self._events.tell(await self._told(trouble))
        elif trouble is None and done.moved and self._lost is not None:
            self._lost = None
            self._events.tell(BrokerFound(self._clock.monotonic() - self._lost_at))

    async def _told(self, trouble: BefreshError) -> BrokerLost | NotKept:
        if isinstance(trouble, StoreError):
            return NotKept("what was delivered", str(trouble))
        return BrokerLost(str(trouble), (await self._store.summary()).waiting)

    async def _pause(self) -> None:
        settings = self._settings
        seconds = full_jitter(self._failures, settings.backoff_first_s, settings.backoff_longest_s, self._chance())
        deaf = min(seconds, _POKE_S)
        await self._clock.sleep(deaf)
        if seconds > deaf and await self._food.wait(seconds - deaf):
            self._failures = 0
