"""What the radios know together: whose turn it is, and how each container has been doing.

Containers that broadcast are not in the rotation: all of them together have one place in it, for listening.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Self

from befresh_agent.containers.broadcasts import BroadcastDecoder, BroadcastReceiver, BroadcastState
from befresh_agent.containers.reading_writer import ReadingWriter
from befresh_agent.containers.rules.rotation import PlannedVisit, RadioRest, VisitRotation
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ContainerFound, ContainerLost, ReadingTaken, VisitFailed
from befresh_agent.domain.layouts import ContainerKind
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.visits import KEPT, ContainerHealth, VisitHistory, VisitRecord, mean_seconds, success_rate
from befresh_agent.errors import StoreError
from befresh_agent.ports.clock import Clock, ClockTrust
from befresh_agent.ports.outside import DeviceSighting
from befresh_agent.ports.storage import ReadingStore
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.storage.roster import ContainerRoster, RosterEntry
from befresh_agent.storage.visit_log import VisitLog


@dataclass(slots=True)
class ContainerStats:
    """Bounded, so that years of visits take no more room than the first hundreds."""

    last: Reading | None = None
    last_at: float | None = None
    """When, on the monotonic clock."""
    signal_dbm: int | None = None
    visits: deque[VisitRecord] = field(default_factory=lambda: deque(maxlen=KEPT))
    attempts: int = 0
    """Visits since it joined the roster."""
    radio_s: float = 0.0
    """Seconds they took."""

    @classmethod
    def of(cls, history: VisitHistory | None) -> Self:
        """With what is known from earlier runs."""
        if history is None:
            return cls()
        latest = deque(history.latest, maxlen=KEPT)
        heard = [visit.signal_dbm for visit in latest if visit.signal_dbm is not None]
        return cls(
            signal_dbm=heard[-1] if heard else None,
            visits=latest,
            attempts=history.attempts,
            radio_s=history.radio_s,
        )

    def visited(self, visit: VisitRecord) -> None:
        self.visits.append(visit)
        self.attempts += 1
        self.radio_s += visit.seconds

    def read(self, reading: Reading, now: float) -> None:
        self.last, self.last_at = reading, now

    def health(
        self,
        address: Address,
        now: float,
        *,
        absent: bool,
        broadcast: BroadcastState | None = None,
        doubts: str | None = None,
    ) -> ContainerHealth:
        return ContainerHealth(
            address=address,
            last=self.last,
            age_s=None if self.last_at is None else now - self.last_at,
            absent=absent,
            visits=len(self.visits),
            success_rate=success_rate(self.visits),
            visit_s=mean_seconds(self.visits),
            signal_dbm=self.signal_dbm,
            attempts=self.attempts,
            radio_s=self.radio_s,
            broadcasts=broadcast is not None,
            battery_percent=broadcast.battery_percent if broadcast else None,
            trouble=(broadcast.trouble if broadcast else None) or doubts,
        )


_ZEROS = 3
"""Who has just been switched on and says zeros is asked again at once, so often."""

BROADCASTERS = Address("everybody who broadcasts")
"""Whose turn it is when it is time to listen."""


class VisitScheduler:
    """All containers of the roster."""

    def __init__(
        self,
        roster: ContainerRoster,
        visit_log: VisitLog,
        readings: ReadingStore,
        broadcasts: BroadcastDecoder,
        settings: ContainerSettings,
        clock: Clock,
        events: EventBus,
        trust: ClockTrust,
        *,
        radios: int,
    ) -> None:
        self._roster = roster
        self._visit_log = visit_log
        self._writer = ReadingWriter(readings, clock, events, trust)
        self._air = BroadcastReceiver(broadcasts, self._writer, clock, period_s=settings.period_s)
        self._clock = clock
        self._events = events
        self._rotation = VisitRotation(
            period_s=settings.period_s,
            slot_s=settings.slot_s,
            find_s=settings.find_s,
            absent_find_s=settings.absent_find_s,
            radios=radios,
        )
        self._stats: dict[Address, ContainerStats] = {}
        self._joined: dict[Address, datetime] = {}
        """Since when they are on the roster: who was taken off and put on again is somebody new."""

    async def next(self, radio: int) -> PlannedVisit | RadioRest:
        """The radio's next visit, from the roster as it is now."""
        await self._follow_roster()
        return self._rotation.next(self._clock.monotonic(), radio)

    async def read(self, visit: PlannedVisit, values: Measurement, seconds: float) -> None:
        """The visit is good once its reading is on disk; before, it is as if it had never taken place."""
        was_absent = self._rotation.absent(visit.address)
        record = self._record(visit, seconds, good=True)
        if (reading := await self._writer.write(visit.address, values, [record])) is None:
            self._rotation.postponed(visit.address)
            return
        self._rotation.succeeded(visit.address, self._clock.monotonic())
        if 0 < self._writer.believing.of(visit.address).zeros <= _ZEROS:
            self._rotation.hurry(visit.address)
        self._count(record)
        self._emit(reading, seconds, was_absent=was_absent)

    async def visit_failed(self, visit: PlannedVisit, why: str, seconds: float, *, heard: bool) -> None:
        """The visit brought none."""
        was_absent = self._rotation.absent(visit.address)
        self._rotation.failed(visit.address, self._clock.monotonic(), heard=heard)
        record = self._record(visit, seconds, good=False)
        self._count(record)
        await self._writer.failed(record)
        if was_absent:
            return
        self._events.emit(VisitFailed(visit.address, why, seconds))
        if self._rotation.absent(visit.address):
            self._events.emit(ContainerLost(visit.address))

    def postponed(self, visit: PlannedVisit) -> None:
        """The visit did not take place, or its outcome has been told already."""
        self._rotation.postponed(visit.address)

    def rssi(self, sightings: Iterable[DeviceSighting]) -> None:
        """How loud everybody was in the visit whose outcome is told next."""
        for sighting in sightings:
            if (tally := self._stats.get(sighting.address)) is not None:
                tally.signal_dbm = sighting.signal_dbm

    async def sightings_heard(self, sightings: Iterable[DeviceSighting]) -> None:
        """Whoever is heard is there, and may have said something."""
        for sighting in sightings:
            if sighting.address not in self._stats:
                continue
            self._recognise(sighting)
            was_absent = self._absent(sighting.address)
            self._rotation.seen(sighting.address, self._clock.monotonic())
            reading = await self._air.receive(sighting)
            if was_absent and not self._absent(sighting.address):
                self._events.emit(ContainerFound(sighting.address))
            if reading is not None:
                self._emit(reading, 0.0, was_absent=False)

    def broadcasts(self, address: Address) -> bool:
        """It is not visited."""
        return address in self._air

    def awaits_broadcasts(self) -> bool:
        """Whether listening on may bring a reading that is due."""
        return self._air.awaited()

    def listened(self, visit: PlannedVisit) -> None:
        """A turn of listening is over."""
        self._rotation.succeeded(visit.address, self._clock.monotonic())
        for address in self._air.turn_over():
            self._events.emit(ContainerLost(address))

    def read_soon(self, address: Address) -> bool:
        """Visit it next; whether it is on the roster."""
        return self._rotation.hurry(address)

    def snapshot(self) -> tuple[ContainerHealth, ...]:
        now = self._clock.monotonic()
        return tuple(
            tally.health(
                address,
                now,
                absent=self._absent(address),
                broadcast=self._air.memory(address),
                doubts=self._writer.believing.trouble(address),
            )
            for address, tally in self._stats.items()
        )

    def _absent(self, address: Address) -> bool:
        return self._rotation.absent(address) or self._air.absent(address)

    def _recognise(self, sighting: DeviceSighting) -> None:
        """Who was never read and broadcasts is listened to; who once was read by connecting goes on being visited."""
        address = sighting.address
        broadcasts = sighting.kind is ContainerKind.BTHOME and self._stats[address].last is None
        if broadcasts and address not in self._air:
            self._rotation.remove(address)
            self._air.add(address)

    def _record(self, visit: PlannedVisit, seconds: float, *, good: bool) -> VisitRecord:
        tally = self._stats.get(visit.address)
        began = self._clock.now() - timedelta(seconds=seconds)
        return VisitRecord(visit.address, began, seconds, good, tally.signal_dbm if tally else None)

    def _count(self, record: VisitRecord) -> None:
        if (tally := self._stats.get(record.address)) is not None:
            tally.visited(record)

    def _emit(self, reading: Reading, seconds: float, *, was_absent: bool) -> None:
        if was_absent:
            self._events.emit(ContainerFound(reading.address))
        if (tally := self._stats.get(reading.address)) is not None:
            tally.read(reading, self._clock.monotonic())
        self._events.emit(ReadingTaken(reading, seconds))

    async def _follow_roster(self) -> None:
        try:
            wanted = await self._roster.joined()
            unknown = {address for address, since in wanted.items() if since != self._joined.get(address)}
            entries = [entry for entry in await self._roster.list() if entry.address in unknown] if unknown else []
            histories = [await self._visit_log.history_of(entry.address) for entry in entries]
        except StoreError:
            return  # whoever was known goes on being read; a store in trouble is told of when a reading is not kept
        for gone in {address for address, since in self._joined.items() if since != wanted.get(address)}:
            self._rotation.remove(gone)
            self._air.remove(gone)
            self._writer.believing.forget(gone)
            del self._stats[gone], self._joined[gone]
        for entry, history in zip(entries, histories, strict=True):
            if entry.address not in self._stats:  # or another radio was quicker
                self._welcome(entry, ContainerStats.of(history))
        if self._air:
            self._rotation.add(BROADCASTERS, self._clock.monotonic())
        else:
            self._rotation.remove(BROADCASTERS)

    def _welcome(self, entry: RosterEntry, tally: ContainerStats) -> None:
        now = self._clock.monotonic()
        self._stats[entry.address], self._joined[entry.address] = tally, entry.added
        self._writer.believing.restore(entry.address, entry.beliefs)
        if entry.last is not None:
            # A wall clock that was set back makes ages negative: those count as fresh.
            age = max(0.0, (self._clock.now() - entry.last.taken_at).total_seconds())
            tally.read(entry.last, now - age)
        if entry.broadcasts:
            self._air.add(entry.address, read_at=tally.last_at, known=entry.heard)
        else:
            self._rotation.add(entry.address, now, read_at=tally.last_at)
