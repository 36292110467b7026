"""Readings and visits on their way to disk; while nothing can be kept, visits would only drain the containers."""

import random
from collections.abc import Sequence

from befresh_agent.domain.clock_step import Anchor
from befresh_agent.domain.container import Address
from befresh_agent.domain.events import NotKept
from befresh_agent.domain.pacing import full_jitter
from befresh_agent.domain.reading import Heard, Measurement, Reading
from befresh_agent.domain.visit_history import VisitRecord
from befresh_agent.errors import StoreError
from befresh_agent.events import Events
from befresh_agent.ports.clock import Clock, Trust
from befresh_agent.ports.reading_log import ReadingLog

_NO_ROOM_FIRST_S = 2.0
_NO_ROOM_LONGEST_S = 300.0
_VISITS = 20
"""Visits that brought nothing are written when so many came together, or with the next reading: cards wear out."""
_LONGEST = 200


class Keeping:
    """How visits went travels to disk in the transaction of a reading."""

    def __init__(self, readings: ReadingLog, clock: Clock, events: Events, trust: Trust) -> None:
        self._readings = readings
        self._clock = clock
        self._events = events
        self._trust = trust
        self._visits: list[VisitRecord] = []
        self._lost = 0

    async def keep(
        self,
        address: Address,
        values: Measurement,
        visited: Sequence[VisitRecord] = (),
        *,
        heard: Heard | None = None,
    ) -> Reading | None:
        """The reading, and how its visit went, once it is on disk; None, after a pause, when it could not be kept."""
        reading = Reading(address, self._clock.now(), values, self._trust.synced(), self._anchor())
        visits = (*self._visits, *visited)
        try:
            await self._readings.keep(reading, visits, heard=heard)
        except StoreError as error:
            if not self._lost:
                self._events.tell(NotKept("readings", str(error)))
            self._lost += 1
            chance = random.uniform(0.5, 1)
            await self._clock.sleep(full_jitter(self._lost, _NO_ROOM_FIRST_S, _NO_ROOM_LONGEST_S, chance))
            return None
        self._written(visits)
        self._lost = 0
        return reading

    async def failed(self, visit: VisitRecord) -> None:
        """A visit brought nothing; in a store in trouble the oldest are given up."""
        self._visits = [*self._visits[1 - _LONGEST :], visit]
        if len(self._visits) < _VISITS or self._lost:
            return
        visits = tuple(self._visits)
        try:
            await self._readings.keep_visits(visits)
        except StoreError:
            return  # told of when a reading cannot be kept; that is what matters
        self._written(visits)

    def _anchor(self) -> Anchor | None:
        return Anchor(self._trust.boot, self._clock.monotonic()) if self._trust.boot else None

    def _written(self, visits: tuple[VisitRecord, ...]) -> None:
        written = {id(visit) for visit in visits}
        self._visits = [visit for visit in self._visits if id(visit) not in written]
