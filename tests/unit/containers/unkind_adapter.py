"""Adapters at their worst: they share one Bluetooth service and its driver, and each goes bad in its own way.

In: faults, and what helps against them. Out: a radio like any other.
"""

import asyncio
from collections.abc import Callable
from math import inf

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.simulation.simulated_radio import RadioFault, SimulatedRadio
from tests.virtual_time import VirtualClock

RESTART_S = 3.0

Answer = Callable[[Measurement], Measurement]
"""What a container makes of what it measures; it may raise what BlueZ would."""


class BluetoothService:
    """bluetoothd and the driver: whoever restarts them for one adapter cuts off the others, too."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._up_at = -inf
        self.answers: dict[Address, Answer] = {}
        """Of containers that are out of order, whichever adapter reads them."""

    def restart(self) -> None:
        self._up_at = self._clock.monotonic() + RESTART_S

    def is_down(self) -> bool:
        return self._clock.monotonic() < self._up_at


class UnkindAdapter(SimulatedRadio):
    """One adapter of several."""

    def __init__(self, clock: VirtualClock, service: BluetoothService, seed: int, *, loss: float = 0.0) -> None:
        super().__init__({}, clock, seed, broken=service.is_down, loss=loss)
        self._service = service
        self.cured_by: frozenset[RecoveryAction] | None = None
        """What helps; None: what helps against such a fault."""
        self.again_after_s = inf
        """How long the help lasts."""
        self.hears = 1.0
        """The share of the visits in which a container is heard."""
        self.visits = 0

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        self.visits += 1
        said = await super().visit(address, find_s=find_s, limit_s=limit_s)
        answer = self._service.answers.get(address)
        return said if answer is None else answer(said)

    async def heal(self, remedy: RecoveryAction) -> None:
        if remedy is not RecoveryAction.POWER_CYCLE:
            self._service.restart()
        fault = self.fault
        await super().heal(remedy)
        if self.cured_by is None or fault is None:
            return
        self.fault = None if remedy in self.cured_by else fault
        if self.fault is None and self.again_after_s < inf:
            self._again = asyncio.create_task(self._bad_again(fault))

    async def _bad_again(self, fault: RadioFault) -> None:
        await self._clock.sleep(self.again_after_s)
        self.fault = fault

    def _in_reach(self, address: Address) -> bool:
        return super()._in_reach(address) and (self.hears == 1.0 or self._chance.random() < self.hears)
