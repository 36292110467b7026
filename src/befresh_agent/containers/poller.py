"""The stage that reads the containers: one worker for each radio visits what is due, and heals a radio that fails.

In: the roster and the radios. Out: readings on disk, and what happened as events.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from befresh_agent.containers.broadcasts import BroadcastDecoder
from befresh_agent.containers.rules.hearing import SURE_AFTER_S, HearingComparison
from befresh_agent.containers.rules.rotation import PlannedVisit, RadioRest
from befresh_agent.containers.scheduler import BROADCASTERS, VisitScheduler
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import RadioDown, RadioRecovered
from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.domain.radio_recovery import FAILING_FOR_S, PATIENCE_S, RadioRecovery, RecoveryAction
from befresh_agent.domain.visits import ContainerHealth
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioBlocked, RadioTransient
from befresh_agent.ports.clock import Clock, ClockTrust
from befresh_agent.ports.outside import DeviceSighting, Radio
from befresh_agent.ports.storage import ReadingStore
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.visit_log import VisitLog

LOOK_S = 5.0
"""A resting radio looks at the roster this often: others add containers to it."""

_BACKOFF_LONGEST_S = 60.0
_TESTS_LONGEST_S = 300.0


@dataclass(frozen=True, slots=True)
class RadioPace:
    """How long a radio listens, and how long one that fails is left alone, in seconds."""

    listen_s: float = 5.0
    """Listening for containers that broadcast is done in pieces so long."""
    backoff_first_s: float = 2.0
    failing_for_s: float = FAILING_FOR_S
    patience_s: float = PATIENCE_S
    sure_after_s: float = SURE_AFTER_S


class RadioWorker:
    """`run` goes on for ever; `device` is the radio's name among the devices."""

    def __init__(
        self,
        number: int,
        device: str,
        radio: Radio,
        scheduler: VisitScheduler,
        healing: RadioRecovery,
        hearing: HearingComparison,
        *,
        clock: Clock,
        events: EventBus,
        devices: DeviceRegistry,
        pace: RadioPace,
    ) -> None:
        self._number = number
        self._device = device
        self._radio = radio
        self._scheduler = scheduler
        self._healing = healing
        self._hearing = hearing
        self._clock = clock
        self._events = events
        self._devices = devices
        self._pace = pace
        self._pauses = RetryPauses(Backoff(pace.backoff_first_s, _BACKOFF_LONGEST_S, least=0.5))
        self._test_pauses = RetryPauses(Backoff(LOOK_S, _TESTS_LONGEST_S, least=1.0))
        self._was_down = False
        self._in_vain: set[Address] = set()
        """Who was heard and all the same not read, since somebody was read."""

    async def run(self) -> None:
        while True:
            if self._hearing.suspected(self._number):
                await self._test_hearing()
                continue
            match await self._scheduler.next(self._number):
                case PlannedVisit() as visit:
                    await self._turn(visit)
                case RadioRest(until):
                    await self._clock.sleep(min(until - self._clock.monotonic(), LOOK_S))

    async def _test_hearing(self) -> None:
        """Listen, in nobody's turn, ever more rarely until somebody is heard: a deaf radio takes no turn of others."""
        await self._clock.sleep(self._test_pauses.failed())
        try:
            sightings = await self._radio.listen(self._pace.listen_s)
        except DeviceError as error:
            await self._failed(error)
        else:
            await self._listened(sightings, heard=False)

    async def _turn(self, visit: PlannedVisit) -> None:
        try:
            await (self._listen(visit) if visit.address == BROADCASTERS else self._visit(visit))
        finally:
            self._scheduler.postponed(visit)

    async def _listen(self, visit: PlannedVisit) -> None:
        """Listen until everybody of whom a reading is due was heard, or the slot is over."""
        began, anybody = self._clock.monotonic(), False
        while True:
            try:
                sightings = await self._radio.listen(min(self._pace.listen_s, visit.limit_s))
            except DeviceError as error:
                self._scheduler.postponed(visit)
                await self._failed(error)
                return
            self._scheduler.rssi(sightings)
            await self._scheduler.sightings_heard(sightings)
            anybody = anybody or bool(sightings)
            over = self._clock.monotonic() - began + self._pace.listen_s > visit.limit_s
            if over or not self._scheduler.awaits_broadcasts():
                break
        await self._judge(heard=anybody)
        if not self._hearing.suspected(self._number):  # else it is another radio's turn
            self._scheduler.listened(visit)

    async def _visit(self, visit: PlannedVisit) -> None:
        began = self._clock.monotonic()
        try:
            values = await self._radio.visit(visit.address, find_s=visit.find_s, limit_s=visit.limit_s)
        except (ContainerAbsent, RadioTransient) as error:
            there, sightings = isinstance(error, RadioTransient), self._sightings()
            await self._scheduler.visit_failed(visit, str(error), self._clock.monotonic() - began, heard=there)
            self._in_vain |= {visit.address} if there else set()
            await self._listened(sightings, heard=there)
        except ContainerBroadcasts as error:
            sightings, seconds = self._sightings(), self._clock.monotonic() - began
            await self._listened(sightings, heard=True)
            if not self._scheduler.broadcasts(visit.address):
                await self._scheduler.visit_failed(visit, str(error), seconds, heard=True)
        except DeviceError as error:
            self._radio.sightings()  # what was heard until now is old once the radio is back
            self._scheduler.postponed(visit)
            await self._failed(error)
        else:
            sightings = self._sightings()
            self._in_vain.clear()
            await self._scheduler.read(visit, values, self._clock.monotonic() - began)
            await self._listened(sightings, heard=True)

    def _sightings(self) -> tuple[DeviceSighting, ...]:
        sightings = self._radio.sightings()
        self._scheduler.rssi(sightings)
        return sightings

    async def _listened(self, sightings: Sequence[DeviceSighting], *, heard: bool) -> None:
        await self._scheduler.sightings_heard(sightings)
        await self._judge(heard=heard or bool(sightings))

    async def _judge(self, *, heard: bool) -> None:
        """The radio did what it was told; whether it heard anybody shows if it is deaf.

        One container that is heard and cannot be read is to blame itself; where nobody can be, the radio is.
        """
        now = self._clock.monotonic()
        self._pauses.worked()
        if heard:
            self._test_pauses.worked()
            self._hearing.heard(self._number, now)
        else:
            self._hearing.silent(self._number, now)
        if heard and len(self._in_vain) < 2:
            self._works()
        elif self._hearing.suspected(self._number):
            if self._hearing.deaf(self._number, now) and (remedy := self._healing.deaf(now)) is not None:
                await self._treat(remedy, "not one device is heard, though another adapter hears some")
                self._test_pauses.worked()
        elif (remedy := self._healing.silent(now)) is not None:
            await self._treat(remedy, "devices are heard, none can be read" if heard else "not one device is heard")
        elif not self._healing.failing:
            self._devices.report(self._device, DeviceState.READY)

    def _works(self) -> None:
        self._healing.works()
        self._was_down = False
        self._devices.report(self._device, DeviceState.READY)

    async def _failed(self, error: DeviceError) -> None:
        pause_s = self._pauses.failed()
        self._hearing.failed(self._number)
        self._devices.report(self._device, DeviceState.LOST, self._account(str(error)))
        curable = not isinstance(error, RadioBlocked)
        if curable and (remedy := self._healing.failed(self._clock.monotonic())) is not None:
            await self._treat(remedy, str(error))
        await self._clock.sleep(pause_s)

    async def _treat(self, remedy: RecoveryAction, why: str) -> None:
        if self._healing.is_down and not self._was_down:
            self._was_down = True
            self._events.emit(RadioDown(self._device, why))
        trouble = ""
        try:
            await self._radio.heal(remedy)
        except DeviceError as error:
            trouble = str(error)
        times, first = self._healing.tried[remedy], not self._healing.is_down
        self._events.emit(RadioRecovered(self._device, remedy, times, first, trouble))
        self._devices.report(self._device, DeviceState.LOST, self._account(f"{why}; {trouble}" if trouble else why))

    def _account(self, why: str) -> str:
        """What is wrong, and what was done about it so far."""
        done = [f"{remedy} {times}x" for remedy, times in self._healing.tried.items()] if self._healing.failing else []
        return "; ".join([why, *done])


class ContainerPoller:
    """`radios` are named as among the devices; `run` goes on for ever, whatever breaks."""

    def __init__(
        self,
        roster: ContainerRoster,
        visit_log: VisitLog,
        radios: Mapping[str, Radio],
        readings: ReadingStore,
        broadcasts: BroadcastDecoder,
        settings: ContainerSettings,
        clock: Clock,
        events: EventBus,
        devices: DeviceRegistry,
        trust: ClockTrust,
        pace: RadioPace | None = None,
    ) -> None:
        pace = pace or RadioPace()
        self._scheduler = VisitScheduler(
            roster, visit_log, readings, broadcasts, settings, clock, events, trust, radios=len(radios)
        )
        hearing = HearingComparison(len(radios), pace.sure_after_s)
        self._workers = [
            RadioWorker(
                number,
                device,
                radio,
                self._scheduler,
                RadioRecovery(
                    round_s=settings.period_s,
                    silent_rounds=settings.silent_rounds,
                    may_restart=settings.may_restart,
                    failing_for_s=pace.failing_for_s,
                    patience_s=pace.patience_s,
                ),
                hearing,
                clock=clock,
                events=events,
                devices=devices,
                pace=pace,
            )
            for number, (device, radio) in enumerate(radios.items())
        ]

    async def run(self) -> None:
        """Visit whoever's turn it is, on every radio, for ever."""
        async with asyncio.TaskGroup() as group:
            for worker in self._workers:
                group.create_task(worker.run())

    def read_now(self, address: Address) -> bool:
        """Visit the container as soon as a radio is free; whether it is on the roster."""
        return self._scheduler.read_soon(address)

    def snapshot(self) -> tuple[ContainerHealth, ...]:
        """How every container of the roster is doing."""
        return self._scheduler.snapshot()
