"""Carries waiting messages to the sinks, every kind in a lane of its own to each. In: outbox rows. Out: Kafka, ..."""

import asyncio
import random
from collections.abc import Callable, Sequence
from contextlib import suppress

from befresh_agent.delivery.delivery_lane import DeliveryLane, WayOut
from befresh_agent.delivery.delivery_troubles import DeliveryTroubles
from befresh_agent.domain.messages import FOOD_TYPE
from befresh_agent.errors import StoreError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import MessageSink
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.supervision import VitalSigns
from befresh_agent.settings.model import DeliverySettings
from befresh_agent.storage.message_queue import MessageQueue

_CLOSING_S = 2.0


class DeliveryRelay:
    """The way to one sink."""

    def __init__(
        self,
        store: MessageQueue,
        sink: MessageSink,
        settings: DeliverySettings,
        *,
        clock: Clock,
        events: EventBus,
        chance: Callable[[], float] = random.random,
        vitals: VitalSigns | None = None,
    ) -> None:
        self._store = store
        self._sink = sink
        self._settings = settings
        self._clock = clock
        self._chance = chance
        self._troubles = DeliveryTroubles(clock, events, sink.name)
        way = WayOut(
            store=store,
            sink=sink,
            settings=settings,
            clock=clock,
            events=events,
            chance=chance,
            vitals=vitals or VitalSigns(clock),
            troubles=self._troubles,
            got_through=self._poke,
        )
        self.lanes = {kind: DeliveryLane(kind, way) for kind in store.topics}

    async def run(self) -> None:
        """Deliver until stopped."""
        await self._spread()
        async with asyncio.TaskGroup() as group:
            for lane in self.lanes.values():
                group.create_task(lane.run())

    async def stop(self, grace_s: float) -> None:
        """The orderly end: deliver what waits for at most so many seconds, then close within a few more."""
        for lane in self.lanes.values():
            lane.ending = True
        with suppress(TimeoutError):
            async with within(grace_s):
                await asyncio.gather(*(lane.drain() for lane in self.lanes.values()))
        await self._sink.close(_CLOSING_S)

    def _poke(self) -> None:
        for lane in self.lanes.values():
            if self._troubles.without_broker(lane.topic):
                lane.poke()

    async def _spread(self) -> None:
        """Hold back readings that a restart has left over: after a power cut a whole region starts at once."""
        with suppress(StoreError):
            left_over = (await self._store.summary()).waiting
            not_before = self._clock.monotonic() + bool(left_over) * self._chance() * self._settings.spread_s
            for kind, lane in self.lanes.items():
                lane.not_before = 0.0 if kind == FOOD_TYPE else not_before


class SinkRelays:
    """The ways to all sinks that are set: none waits for another."""

    def __init__(self, relays: Sequence[DeliveryRelay]) -> None:
        self._relays = relays

    async def run(self) -> None:
        """Deliver until stopped."""
        async with asyncio.TaskGroup() as group:
            for relay in self._relays:
                group.create_task(relay.run())

    async def stop(self, grace_s: float) -> None:
        """The orderly end of all."""
        await asyncio.gather(*(relay.stop(grace_s) for relay in self._relays))
