"""The stage that reads the containers: whose turn it is, one visit on the radio, the reading on disk, and again.

In: the roster and the radio. Out: readings in the reading log, and what happened as events.
"""

import random
from collections.abc import Callable

from befresh_agent.containers.roster import Entry, Roster
from befresh_agent.containers.tally import Tally
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.events import (
    ContainerFound,
    ContainerLost,
    DeviceState,
    NotKept,
    ReadingTaken,
    VisitFailed,
)
from befresh_agent.domain.pacing import full_jitter
from befresh_agent.domain.reading import Measurement, Reading
from befresh_agent.domain.rotation import Rest, Rotation, Visit
from befresh_agent.errors import ContainerAbsent, DeviceError, RadioTransient, StoreError
from befresh_agent.events import Devices, Events
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.radio import Radio
from befresh_agent.ports.reading_log import ReadingLog
from befresh_agent.settings import ContainerSettings

DEVICE = "radio"
_LOOK_S = 5.0
"""A resting poller looks at the roster this often: others add containers to it."""
_BACKOFF_FIRST_S = 2.0
_BACKOFF_LONGEST_S = 60.0
_NO_ROOM_LONGEST_S = 300.0
"""While nothing can be kept, visits only drain the containers."""


class Poller:
    """`run` goes on for ever: neither a dead radio nor a full disk ends it."""

    def __init__(
        self,
        roster: Roster,
        radio: Radio,
        readings: ReadingLog,
        settings: ContainerSettings,
        clock: Clock,
        events: Events,
        devices: Devices,
        clock_synced: Callable[[], bool],
    ) -> None:
        self._roster = roster
        self._radio = radio
        self._readings = readings
        self._clock = clock
        self._events = events
        self._devices = devices
        self._clock_synced = clock_synced
        self._rotation = Rotation(
            period_s=settings.period_s,
            slot_s=settings.slot_s,
            find_s=settings.find_s,
            absent_find_s=settings.absent_find_s,
        )
        self._tallies: dict[Address, Tally] = {}
        self._lost_readings = 0
        self._radio_failures = 0

    async def run(self) -> None:
        """Visit whoever's turn it is, for ever."""
        while True:
            await self._follow_roster()
            now = self._clock.monotonic()
            match self._rotation.next(now):
                case Visit() as visit:
                    await self._visit(visit)
                case Rest(until):
                    await self._clock.sleep(min(until - now, _LOOK_S))

    def snapshot(self) -> tuple[ContainerHealth, ...]:
        """How every container of the roster is doing."""
        now = self._clock.monotonic()
        return tuple(
            tally.health(address, now, absent=self._rotation.absent(address))
            for address, tally in self._tallies.items()
        )

    async def _follow_roster(self) -> None:
        try:
            wanted = await self._roster.addresses()
            unknown = set(wanted) - self._tallies.keys()
            entries = [entry for entry in await self._roster.list() if entry.address in unknown] if unknown else []
        except StoreError:
            return  # whoever was known goes on being read; a store in trouble is told of when a reading is not kept
        for gone in self._tallies.keys() - set(wanted):
            self._rotation.remove(gone)
            del self._tallies[gone]
        for entry in entries:
            self._welcome(entry)

    def _welcome(self, entry: Entry) -> None:
        now = self._clock.monotonic()
        tally = self._tallies[entry.address] = Tally()
        if entry.last is not None:
            # A wall clock that was set back makes ages negative: those count as fresh.
            age = max(0.0, (self._clock.now() - entry.last.taken_at).total_seconds())
            tally.read(entry.last, now - age)
        self._rotation.add(entry.address, now, read_at=tally.last_at)

    async def _visit(self, visit: Visit) -> None:
        began = self._clock.monotonic()
        try:
            values = await self._radio.visit(visit.address, find_s=visit.find_s, limit_s=visit.limit_s)
        except (ContainerAbsent, RadioTransient) as error:
            self._radio_works()
            self._missed(visit.address, error, self._clock.monotonic() - began)
        except DeviceError as error:
            self._rotation.postponed(visit.address)
            await self._radio_lost(error)
        else:
            self._radio_works()
            await self._keep(visit.address, values, self._clock.monotonic() - began)
        finally:
            self._rotation.postponed(visit.address)
            self._note_sightings()

    async def _keep(self, address: Address, values: Measurement, seconds: float) -> None:
        """The visit is good once its reading is on disk; before, it is as if it had never taken place."""
        reading = Reading(address, self._clock.now(), values, self._clock_synced())
        try:
            await self._readings.keep(reading)
        except StoreError as error:
            self._rotation.postponed(address)
            await self._not_kept(error)
            return
        self._lost_readings = 0
        was_absent = self._rotation.absent(address)
        self._rotation.succeeded(address, self._clock.monotonic())
        if was_absent:
            self._events.tell(ContainerFound(address))
        if (tally := self._tallies.get(address)) is not None:
            tally.visited(True, seconds)
            tally.read(reading, self._clock.monotonic())
        self._events.tell(ReadingTaken(reading, seconds))

    async def _not_kept(self, error: StoreError) -> None:
        if not self._lost_readings:
            self._events.tell(NotKept("readings", str(error)))
        self._lost_readings += 1
        pause = full_jitter(self._lost_readings, _BACKOFF_FIRST_S, _NO_ROOM_LONGEST_S, random.uniform(0.5, 1))
        await self._clock.sleep(pause)

    def _missed(self, address: Address, error: DeviceError, seconds: float) -> None:
        was_absent = self._rotation.absent(address)
        self._rotation.failed(address, self._clock.monotonic(), heard=isinstance(error, RadioTransient))
        if (tally := self._tallies.get(address)) is not None:
            tally.visited(False, seconds)
        if was_absent:
            return
        self._events.tell(VisitFailed(address, str(error), seconds))
        if self._rotation.absent(address):
            self._events.tell(ContainerLost(address))

    def _note_sightings(self) -> None:
        now = self._clock.monotonic()
        for sighting in self._radio.sightings():
            if (tally := self._tallies.get(sighting.address)) is None:
                continue
            tally.signal_dbm = sighting.signal_dbm
            was_absent = self._rotation.absent(sighting.address)
            self._rotation.seen(sighting.address, now)
            if was_absent and not self._rotation.absent(sighting.address):
                self._events.tell(ContainerFound(sighting.address))

    def _radio_works(self) -> None:
        self._radio_failures = 0
        self._devices.report(DEVICE, DeviceState.READY)

    async def _radio_lost(self, error: DeviceError) -> None:
        self._radio_failures += 1
        self._devices.report(DEVICE, DeviceState.LOST, str(error))
        pause = full_jitter(self._radio_failures, _BACKOFF_FIRST_S, _BACKOFF_LONGEST_S, random.uniform(0.5, 1))
        await self._clock.sleep(pause)
