"""Looks after what no stage would notice: updates that fail, too little voltage, a disk that fills up, a lost radio.

Where it is allowed, a radio that stays lost gets the whole machine restarted, once a night.
"""

import asyncio
from collections.abc import Sequence

from befresh_agent.domain.events import TroubleFound, TroubleOver
from befresh_agent.domain.trouble import Look, Trouble
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import EventBus

_LOOK_S = 60.0


class Troubles:
    """A service of the agent."""

    def __init__(self, looks: Sequence[Look], clock: Clock, events: EventBus) -> None:
        self._looks = looks
        self._clock = clock
        self._events = events
        self._now: dict[str, Trouble] = {}

    @property
    def now(self) -> Sequence[Trouble]:
        return tuple(self._now.values())

    async def run(self) -> None:
        """For ever; ends at once where there is nothing to look at."""
        while self._looks:
            await self.look()
            await self._clock.sleep(_LOOK_S)

    async def look(self) -> None:
        """At everything, once."""
        found = [await asyncio.to_thread(look) for look in self._looks]
        there = {trouble.subject: trouble for trouble in found if trouble is not None}
        for subject, trouble in there.items():
            if self._now.get(subject) != trouble:
                self._events.emit(TroubleFound(trouble))
        for subject in self._now.keys() - there.keys():
            self._events.emit(TroubleOver(subject))
        self._now = there
