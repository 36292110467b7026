"""The radio of a simulated kitchen: visits take as long as in the field test, containers come and go."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from enum import StrEnum
from random import Random
from types import TracebackType
from typing import Self

from befresh_agent.domain.container import Address
from befresh_agent.domain.layouts import NICLA_NAME, ContainerKind
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.domain.visit_times import visit_seconds
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioBlocked, RadioTransient
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import DeviceSighting
from befresh_agent.simulation.container_air import FridgeClimate, SimulatedContent

_HEALING_S = 3.0

log = logging.getLogger("radio")


class RadioFault(StrEnum):
    """What can go wrong with the radio itself."""

    DEAF = "deaf"
    """It hears nobody, until it is switched off and on."""
    STUCK = "stuck"
    """Every visit fails at once, until the Bluetooth service is restarted."""
    WEDGED = "wedged"
    """Every visit fails at once, until the driver is reloaded."""
    HANGING = "hanging"
    """Nothing is answered: every visit takes all its time and fails, until the Bluetooth service is restarted."""
    GONE = "gone"
    """Every visit fails at once, whatever is done."""
    BLOCKED = "blocked"
    """The system keeps it switched off."""


_CURES = {
    RadioFault.DEAF: {RecoveryAction.POWER_CYCLE, RecoveryAction.RESTART, RecoveryAction.RELOAD},
    RadioFault.STUCK: {RecoveryAction.RESTART, RecoveryAction.RELOAD},
    RadioFault.WEDGED: {RecoveryAction.RELOAD},
    RadioFault.HANGING: {RecoveryAction.RESTART, RecoveryAction.RELOAD},
}


class SimulatedRadio:
    """`containers` maps the addresses in the air to the food inside; `broken` says whether the radio is.

    The food has been in there for `age_s` seconds already.
    """

    def __init__(
        self,
        containers: Mapping[Address, str],
        clock: Clock,
        seed: int = 0,
        *,
        broken: Callable[[], bool] = lambda: False,
        loss: float = 0.0,
        age_s: float = 0.0,
    ) -> None:
        self._clock = clock
        self._chance = Random(seed)
        self._broken = broken
        self._loss = loss
        self._seed = seed
        self._fridge = FridgeClimate(seed)
        self._began = clock.monotonic() - age_s
        self._containers: dict[Address, SimulatedContent] = {}
        self._broadcasters: dict[Address, Callable[[], bytes]] = {}
        self._away: set[Address] = set()
        self._heard: dict[Address, DeviceSighting] = {}
        self._busy = asyncio.Lock()
        self.fault: RadioFault | None = None
        for address, food in containers.items():
            self.add(address, food)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        return

    def add(self, address: Address, food: str = "") -> None:
        """Put another container into the air."""
        self._containers[address] = SimulatedContent(food, self._fridge, self._seed + len(self._containers))

    def add_broadcaster(self, address: Address, say: Callable[[], bytes]) -> None:
        """Put a container into the air that broadcasts; `say` gives its BTHome service data of the moment."""
        self._broadcasters[address] = say

    def away(self, address: Address) -> None:
        """Carry a container out of reach."""
        self._away.add(address)

    def back(self, address: Address) -> None:
        self._away.discard(address)

    def is_away(self, address: Address) -> bool:
        """Whether it was carried out of reach."""
        return address in self._away

    def measured(self, address: Address, ago_s: float) -> Measurement:
        """What its sensors show, or showed so many seconds ago."""
        return self._containers[address].measure(self._clock.monotonic() - self._began - ago_s)

    @property
    def in_the_air(self) -> tuple[Address, ...]:
        return tuple(self._containers)

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        async with self._busy:
            await self._answer(limit_s)
            log.debug("%s: listening", address)
            self._listen(address)
            if not self._in_reach(address):
                await self._clock.sleep(find_s)
                self._check()
                raise ContainerAbsent(f"{address} was not heard within {find_s:g} s")
            if address in self._broadcasters:
                raise ContainerBroadcasts(f"{address} broadcasts what it measures and needs no visit")
            seconds = visit_seconds(self._chance)
            log.debug("%s: heard, connecting", address)
            await self._clock.sleep(min(seconds, limit_s))
            self._check()
            if seconds > limit_s:
                raise RadioTransient(f"{address}: not done within {limit_s:g} s")
            if not self._in_reach(address) or self._chance.random() < self._loss:
                raise RadioTransient(f"{address}: the connection was lost")
            log.debug("%s: read", address)
            return self.measured(address, 0)

    def sightings(self) -> tuple[DeviceSighting, ...]:
        heard, self._heard = self._heard, {}
        return tuple(heard.values())

    async def listen(self, seconds: float) -> tuple[DeviceSighting, ...]:
        async with self._busy:
            await self._answer(seconds)
            await self._clock.sleep(seconds)
            self._check()
            return tuple(self._sighting(address) for address in self._everybody if self._in_reach(address))

    async def heal(self, remedy: RecoveryAction) -> None:
        log.debug("%s", remedy)
        await self._clock.sleep(_HEALING_S)
        if self.fault is RadioFault.GONE:
            raise DeviceError("there is no adapter")
        if self.fault is not None and remedy in _CURES.get(self.fault, ()):
            self.fault = None

    @property
    def _everybody(self) -> tuple[Address, ...]:
        return (*self._containers, *self._broadcasters)

    def _in_reach(self, address: Address) -> bool:
        return self.fault is not RadioFault.DEAF and address in self._everybody and address not in self._away

    def _listen(self, wanted: Address) -> None:
        """Whoever advertises while the radio looks for one container is heard, most of the time."""
        for address in self._everybody:
            if self._in_reach(address) and (address == wanted or self._chance.random() < 0.9):
                self._heard[address] = self._sighting(address)

    def _sighting(self, address: Address) -> DeviceSighting:
        signal = -60 + self._chance.randint(-8, 8)
        if (say := self._broadcasters.get(address)) is not None:
            return DeviceSighting(address, "", signal, ContainerKind.BTHOME, (say(),))
        return DeviceSighting(address, NICLA_NAME + address.replace(":", "")[-4:], signal, ContainerKind.NICLA)

    async def _answer(self, limit_s: float) -> None:
        """The radio takes the order, or not."""
        if self.fault is RadioFault.HANGING:
            await self._clock.sleep(limit_s)
        self._check()

    def _check(self) -> None:
        if self.fault is RadioFault.BLOCKED:
            raise RadioBlocked("it is blocked by rfkill", remedy="sudo rfkill unblock bluetooth")
        if self._broken() or self.fault not in (None, RadioFault.DEAF):
            raise DeviceError("the radio is broken")
