"""What the radios know together: the rotation, and how each container has been doing.

Containers that broadcast are not in the rotation: all of them together have one place in it, for listening.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from befresh_agent.containers.broadcasting import Broadcasting
from befresh_agent.containers.broadcasts import Broadcasts
from befresh_agent.containers.keeping import Keeping
from befresh_agent.containers.roster import Entry, Roster
from befresh_agent.containers.tally import Tally
from befresh_agent.containers.visit_log import VisitLog
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.container_kind import ContainerKind
from befresh_agent.domain.events import ContainerFound, ContainerLost, ReadingTaken, VisitFailed
from befresh_agent.domain.reading import Measurement, Reading
from befresh_agent.domain.rotation import Rest, Rotation, Visit
from befresh_agent.domain.visit_history import VisitRecord
from befresh_agent.errors import StoreError
from befresh_agent.events import Events
from befresh_agent.ports.clock import Clock, Trust
from befresh_agent.ports.radio import Sighting
from befresh_agent.ports.reading_log import ReadingLog
from befresh_agent.settings import ContainerSettings

AIR = Address("everybody who broadcasts")
"""Whose turn it is when it is time to listen."""


class Fleet:
    """All containers of the roster."""

    def __init__(
        self,
        roster: Roster,
        visit_log: VisitLog,
        readings: ReadingLog,
        broadcasts: Broadcasts,
        settings: ContainerSettings,
        clock: Clock,
        events: Events,
        trust: Trust,
        *,
        lanes: int,
    ) -> None:
        self._roster = roster
        self._visit_log = visit_log
        self._keeping = Keeping(readings, clock, events, trust)
        self._air = Broadcasting(broadcasts, self._keeping, clock, period_s=settings.period_s)
        self._clock = clock
        self._events = events
        self._rotation = Rotation(
            period_s=settings.period_s,
            slot_s=settings.slot_s,
            find_s=settings.find_s,
            absent_find_s=settings.absent_find_s,
            lanes=lanes,
        )
        self._tallies: dict[Address, Tally] = {}
        self._joined: dict[Address, datetime] = {}
        """Since when they are on the roster: who was taken off and put on again is somebody new."""

    async def next(self, lane: int) -> Visit | Rest:
        """The lane's next visit, from the roster as it is now."""
        await self._follow_roster()
        return self._rotation.next(self._clock.monotonic(), lane)

    async def read(self, visit: Visit, values: Measurement, seconds: float) -> None:
        """The visit is good once its reading is on disk; before, it is as if it had never taken place."""
        was_absent = self._rotation.absent(visit.address)
        record = self._record(visit, seconds, good=True)
        if (reading := await self._keeping.keep(visit.address, values, [record])) is None:
            self._rotation.postponed(visit.address)
            return
        self._rotation.succeeded(visit.address, self._clock.monotonic())
        self._count(record)
        self._tell(reading, seconds, was_absent=was_absent)

    async def missed(self, visit: Visit, why: str, seconds: float, *, heard: bool) -> None:
        """The visit brought none."""
        was_absent = self._rotation.absent(visit.address)
        self._rotation.failed(visit.address, self._clock.monotonic(), heard=heard)
        record = self._record(visit, seconds, good=False)
        self._count(record)
        await self._keeping.failed(record)
        if was_absent:
            return
        self._events.tell(VisitFailed(visit.address, why, seconds))
        if self._rotation.absent(visit.address):
            self._events.tell(ContainerLost(visit.address))

    def postponed(self, visit: Visit) -> None:
        """The visit did not take place, or its outcome has been told already."""
        self._rotation.postponed(visit.address)

    def loudness(self, sightings: Iterable[Sighting]) -> None:
        """How loud everybody was in the visit whose outcome is told next."""
        for sighting in sightings:
            if (tally := self._tallies.get(sighting.address)) is not None:
                tally.signal_dbm = sighting.signal_dbm

    async def heard(self, sightings: Iterable[Sighting]) -> None:
        """Whoever is heard is there, and may have said something."""
        for sighting in sightings:
            if sighting.address not in self._tallies:
                continue
            self._recognise(sighting)
            was_absent = self._absent(sighting.address)
            self._rotation.seen(sighting.address, self._clock.monotonic())
            reading = await self._air.heard(sighting)
            if was_absent and not self._absent(sighting.address):
                self._events.tell(ContainerFound(sighting.address))
            if reading is not None:
                self._tell(reading, 0.0, was_absent=False)

    def broadcasts(self, address: Address) -> bool:
        """It is not visited."""
        return address in self._air

    def awaits_broadcasts(self) -> bool:
        """Whether listening on may bring a reading that is due."""
        return self._air.awaited()

    def listened(self, visit: Visit) -> None:
        """A turn of listening is over."""
        self._rotation.succeeded(visit.address, self._clock.monotonic())
        for address in self._air.turn_over():
            self._events.tell(ContainerLost(address))

    def hurry(self, address: Address) -> bool:
        """Visit it next; whether it is on the roster."""
        return self._rotation.hurry(address)

    def snapshot(self) -> tuple[ContainerHealth, ...]:
        now = self._clock.monotonic()
        return tuple(
            tally.health(address, now, absent=self._absent(address), broadcast=self._air.memory(address))
            for address, tally in self._tallies.items()
        )

    def _absent(self, address: Address) -> bool:
        return self._rotation.absent(address) or self._air.absent(address)

    def _recognise(self, sighting: Sighting) -> None:
        """Who was never read and broadcasts is listened to; who once was read by connecting goes on being visited."""
        address = sighting.address
        broadcasts = sighting.kind is ContainerKind.BTHOME and self._tallies[address].last is None
        if broadcasts and address not in self._air:
            self._rotation.remove(address)
            self._air.add(address)

    def _record(self, visit: Visit, seconds: float, *, good: bool) -> VisitRecord:
        tally = self._tallies.get(visit.address)
        began = self._clock.now() - timedelta(seconds=seconds)
        return VisitRecord(visit.address, began, seconds, good, tally.signal_dbm if tally else None)

    def _count(self, record: VisitRecord) -> None:
        if (tally := self._tallies.get(record.address)) is not None:
            tally.visited(record)

    def _tell(self, reading: Reading, seconds: float, *, was_absent: bool) -> None:
        if was_absent:
            self._events.tell(ContainerFound(reading.address))
        if (tally := self._tallies.get(reading.address)) is not None:
            tally.read(reading, self._clock.monotonic())
        self._events.tell(ReadingTaken(reading, seconds))

    async def _follow_roster(self) -> None:
        try:
            wanted = await self._roster.joined()
            unknown = {address for address, since in wanted.items() if since != self._joined.get(address)}
            entries = [entry for entry in await self._roster.list() if entry.address in unknown] if unknown else []
            histories = [await self._visit_log.of(entry.address) for entry in entries]
        except StoreError:
            return  # whoever was known goes on being read; a store in trouble is told of when a reading is not kept
        for gone in {address for address, since in self._joined.items() if since != wanted.get(address)}:
            self._rotation.remove(gone)
            self._air.remove(gone)
            del self._tallies[gone], self._joined[gone]
        for entry, history in zip(entries, histories, strict=True):
            if entry.address not in self._tallies:  # or another lane was quicker
                self._welcome(entry, Tally.of(history))
        if self._air:
            self._rotation.add(AIR, self._clock.monotonic())
        else:
            self._rotation.remove(AIR)

    def _welcome(self, entry: Entry, tally: Tally) -> None:
        now = self._clock.monotonic()
        self._tallies[entry.address], self._joined[entry.address] = tally, entry.added
        if entry.last is not None:
            # A wall clock that was set back makes ages negative: those count as fresh.
            age = max(0.0, (self._clock.now() - entry.last.taken_at).total_seconds())
            tally.read(entry.last, now - age)
        if entry.broadcasts:
            self._air.add(entry.address, read_at=tally.last_at, counter=entry.counter)
        else:
            self._rotation.add(entry.address, now, read_at=tally.last_at)
