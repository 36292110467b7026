"""Rings when a message is queued, so that nobody has to ask the database all the time."""

import asyncio

from befresh_agent.domain.events import Event, MessageQueued
from befresh_agent.events import Events
from befresh_agent.ports.clock import Clock


class Bell:
    """Rings for every new message, or for those of one topic only."""

    def __init__(self, events: Events, clock: Clock, topic: str | None = None) -> None:
        self._clock = clock
        self._topic = topic
        self._rung = asyncio.Event()
        events.listen(self._heard)

    def _heard(self, event: Event) -> None:
        if isinstance(event, MessageQueued) and self._topic in (None, event.topic):
            self._rung.set()

    def hush(self) -> None:
        """Forget that it rang."""
        self._rung.clear()

    async def wait(self, seconds: float) -> bool:
        """Until it rings, at most so long; whether it rang. A ring while nobody waited counts."""
        ring = asyncio.ensure_future(self._rung.wait())
        pause = asyncio.ensure_future(self._clock.sleep(seconds))
        try:
            await asyncio.wait((ring, pause), return_when=asyncio.FIRST_COMPLETED)
            return self._rung.is_set()
        finally:
            self._rung.clear()
            ring.cancel()  # not awaited: that would swallow a cancellation of our own
            pause.cancel()
