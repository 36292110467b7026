"""One radio at work: visit whoever's turn it is, and heal the radio when it fails or has gone deaf."""

import random
from collections.abc import Sequence

from befresh_agent.containers.fleet import AIR, Fleet
from befresh_agent.domain.events import DeviceState, RadioDown, RadioTreated
from befresh_agent.domain.healing import Healing, Remedy
from befresh_agent.domain.pacing import full_jitter
from befresh_agent.domain.rotation import Rest, Visit
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioTransient
from befresh_agent.events import Devices, Events
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.radio import Radio, Sighting

LOOK_S = 5.0
"""A resting radio looks at the roster this often: others add containers to it."""
_LISTEN_S = 5.0
"""Listening for containers that broadcast is done in pieces so long."""
_BACKOFF_FIRST_S = 2.0
_BACKOFF_LONGEST_S = 60.0


class Lane:
    """`run` goes on for ever; `device` is the radio's name among the devices."""

    def __init__(
        self,
        number: int,
        device: str,
        radio: Radio,
        fleet: Fleet,
        healing: Healing,
        *,
        clock: Clock,
        events: Events,
        devices: Devices,
    ) -> None:
        self._number = number
        self._device = device
        self._radio = radio
        self._fleet = fleet
        self._healing = healing
        self._clock = clock
        self._events = events
        self._devices = devices
        self._failures = 0
        self._was_down = False

    async def run(self) -> None:
        while True:
            match await self._fleet.next(self._number):
                case Visit() as visit:
                    await self._turn(visit)
                case Rest(until):
                    await self._clock.sleep(min(until - self._clock.monotonic(), LOOK_S))

    async def _turn(self, visit: Visit) -> None:
        try:
            await (self._listen(visit) if visit.address == AIR else self._visit(visit))
        finally:
            self._fleet.postponed(visit)

    async def _listen(self, visit: Visit) -> None:
        """Listen until everybody of whom a reading is due was heard, or the slot is over."""
        began, anybody = self._clock.monotonic(), False
        while True:
            try:
                sightings = await self._radio.listen(min(_LISTEN_S, visit.limit_s))
            except DeviceError as error:
                self._fleet.postponed(visit)
                await self._failed(error)
                return
            self._fleet.loudness(sightings)
            await self._fleet.heard(sightings)
            anybody = anybody or bool(sightings)
            over = self._clock.monotonic() - began + _LISTEN_S > visit.limit_s
            if over or not self._fleet.awaits_broadcasts():
                break
        self._fleet.listened(visit)
        await self._judge(heard=anybody)

    async def _visit(self, visit: Visit) -> None:
        began = self._clock.monotonic()
        try:
            values = await self._radio.visit(visit.address, find_s=visit.find_s, limit_s=visit.limit_s)
        except (ContainerAbsent, RadioTransient) as error:
            there, sightings = isinstance(error, RadioTransient), self._sightings()
            await self._fleet.missed(visit, str(error), self._clock.monotonic() - began, heard=there)
            await self._listened(sightings, heard=there)
        except ContainerBroadcasts as error:
            sightings, seconds = self._sightings(), self._clock.monotonic() - began
            await self._listened(sightings, heard=True)
            if not self._fleet.broadcasts(visit.address):
                await self._fleet.missed(visit, str(error), seconds, heard=True)
        except DeviceError as error:
            self._fleet.postponed(visit)
            await self._failed(error)
        else:
            sightings = self._sightings()
            await self._fleet.read(visit, values, self._clock.monotonic() - began)
            await self._listened(sightings, heard=True)

    def _sightings(self) -> tuple[Sighting, ...]:
        sightings = self._radio.sightings()
        self._fleet.loudness(sightings)
        return sightings

    async def _listened(self, sightings: Sequence[Sighting], *, heard: bool) -> None:
        await self._fleet.heard(sightings)
        await self._judge(heard=heard or bool(sightings))

    async def _judge(self, *, heard: bool) -> None:
        """The radio did what it was told; whether it heard anybody shows if it is deaf."""
        self._failures = 0
        if heard:
            self._works()
        elif (remedy := self._healing.silent(self._clock.monotonic())) is not None:
            await self._treat(remedy, "not one device is heard")
        elif not self._healing.ill:
            self._devices.report(self._device, DeviceState.READY)

    def _works(self) -> None:
        self._healing.works()
        self._was_down = False
        self._devices.report(self._device, DeviceState.READY)

    async def _failed(self, error: DeviceError) -> None:
        self._failures += 1
        self._devices.report(self._device, DeviceState.LOST, self._account(str(error)))
        if (remedy := self._healing.failed(self._clock.monotonic())) is not None:
            await self._treat(remedy, str(error))
        chance = random.uniform(0.5, 1)
        await self._clock.sleep(full_jitter(self._failures, _BACKOFF_FIRST_S, _BACKOFF_LONGEST_S, chance))

    async def _treat(self, remedy: Remedy, why: str) -> None:
        if self._healing.down and not self._was_down:
            self._was_down = True
            self._events.tell(RadioDown(self._device, why))
        trouble = ""
        try:
            await self._radio.heal(remedy)
        except DeviceError as error:
            trouble = str(error)
        times, first = self._healing.tried[remedy], not self._healing.down
        self._events.tell(RadioTreated(self._device, remedy, times, first, trouble))
        self._devices.report(self._device, DeviceState.LOST, self._account(why))

    def _account(self, why: str) -> str:
        """What is wrong, and what was done about it so far."""
        done = [f"{remedy} {times}x" for remedy, times in self._healing.tried.items()] if self._healing.ill else []
        return "; ".join([why, *done])
