"""Readings and visits on their way to disk; while nothing can be kept, visits would only drain the containers."""

from collections.abc import Sequence

from pydantic import TypeAdapter, ValidationError

from befresh_agent.containers.rules.plausibility import ContainerHistoryMarks, JudgedReading, ValueMark, judge
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ReadingDoubted
from befresh_agent.domain.events import NotKept
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import BroadcastOrigin, ClockAnchor, Reading
from befresh_agent.domain.visits import VisitRecord
from befresh_agent.errors import StoreError
from befresh_agent.ports.clock import Clock, ClockTrust
from befresh_agent.ports.storage import ReadingStore
from befresh_agent.runtime.event_bus import EventBus

_NO_ROOM = Backoff(2.0, 300.0, least=0.5)
_VISITS = 20
"""Visits that brought nothing are written when so many came together, or with the next reading: cards wear out."""
_LONGEST = 200


class ReadingWriter:
    """How visits went travels to disk in the transaction of a reading."""

    def __init__(self, readings: ReadingStore, clock: Clock, events: EventBus, trust: ClockTrust) -> None:
        self._readings = readings
        self._clock = clock
        self._events = events
        self._trust = trust
        self.believing = ReadingJudge(clock, events)
        self._visits: list[VisitRecord] = []
        self._pauses = RetryPauses(_NO_ROOM)

    async def write(
        self,
        address: Address,
        values: Measurement,
        visited: Sequence[VisitRecord] = (),
        *,
        heard: BroadcastOrigin | None = None,
    ) -> Reading | None:
        """The reading, as far as it is believed, and how its visit went, once it is on disk.

        None, after a pause, when it could not be kept.
        """
        believed = self.believing.judge(address, values).believed
        reading = Reading(address, self._clock.now(), believed, self._trust.synced(), self._anchor())
        visits = (*self._visits, *visited)
        try:
            await self._readings.keep_reading(reading, visits, heard=heard, beliefs=self.believing.to_text(address))
        except StoreError as error:
            if not self._pauses.failures:
                self._events.emit(NotKept("readings", str(error)))
            await self._clock.sleep(self._pauses.failed())
            return None
        self._written(visits)
        self._pauses.worked()
        return reading

    async def failed(self, visit: VisitRecord) -> None:
        """A visit brought nothing; in a store in trouble the oldest are given up."""
        self._visits = [*self._visits[1 - _LONGEST :], visit]
        if len(self._visits) < _VISITS or self._pauses.failures:
            return
        visits = tuple(self._visits)
        try:
            await self._readings.keep_visits(visits)
        except StoreError:
            return  # told of when a reading cannot be kept; that is what matters
        self._written(visits)

    def _anchor(self) -> ClockAnchor | None:
        return ClockAnchor(self._trust.boot, self._clock.monotonic()) if self._trust.boot else None

    def _written(self, visits: tuple[VisitRecord, ...]) -> None:
        written = {id(visit) for visit in visits}
        self._visits = [visit for visit in self._visits if id(visit) not in written]


_TEXT = TypeAdapter(ContainerHistoryMarks)


class ReadingJudge:
    """Remembers between readings; `to_text` and `restore` carry it over a restart."""

    def __init__(self, clock: Clock, events: EventBus) -> None:
        self._clock = clock
        self._events = events
        self._histories: dict[Address, ContainerHistoryMarks] = {}
        self._judged_at: dict[Address, float] = {}
        self._marks: dict[Address, tuple[ValueMark, ...]] = {}

    def judge(self, address: Address, measured: Measurement) -> JudgedReading:
        """What is believed of it. A doubt is told when it is new."""
        now = self._clock.monotonic()
        judged = judge(measured, self.of(address), now - self._judged_at.get(address, now))
        self._judged_at[address] = now
        before = {(mark.doubt, mark.quantity) for mark in self._marks.get(address, ())}
        for mark in judged.marks:
            if (mark.doubt, mark.quantity) not in before:
                self._events.emit(ReadingDoubted(address, str(mark)))
        self._marks[address] = judged.marks
        return judged

    def of(self, address: Address) -> ContainerHistoryMarks:
        return self._histories.setdefault(address, ContainerHistoryMarks())

    def trouble(self, address: Address) -> str | None:
        """Why something it says is not believed."""
        return "; ".join(map(str, self._marks.get(address, ()))) or None

    def forget(self, address: Address) -> None:
        for known in (self._histories, self._judged_at, self._marks):
            known.pop(address, None)

    def to_text(self, address: Address) -> str:
        return _TEXT.dump_json(self.of(address)).decode()

    def restore(self, address: Address, text: str | None) -> None:
        """Go on with what an earlier run knew; with nothing where that cannot be read."""
        self.forget(address)
        try:
            self._histories[address] = _TEXT.validate_json(text or "{}", strict=False)
        except ValidationError:
            self._histories[address] = ContainerHistoryMarks()
