"""A radio that notes down every visit it passes on."""

import time
from dataclasses import dataclass

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.ports.outside import DeviceSighting, Radio


@dataclass(frozen=True, slots=True)
class Noted:
    """One visit; `values` is None when it failed."""

    address: Address
    began: float
    ended: float
    values: Measurement | None

    @property
    def seconds(self) -> float:
        return self.ended - self.began


class Witness:
    def __init__(self, radio: Radio) -> None:
        self._radio = radio
        self.visits: list[Noted] = []

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        began, values = time.monotonic(), None
        try:
            values = await self._radio.visit(address, find_s=find_s, limit_s=limit_s)
            return values
        finally:
            self.visits.append(Noted(address, began, time.monotonic(), values))

    def sightings(self) -> tuple[DeviceSighting, ...]:
        return self._radio.sightings()

    async def listen(self, seconds: float) -> tuple[DeviceSighting, ...]:
        return await self._radio.listen(seconds)

    async def heal(self, remedy: RecoveryAction) -> None:
        await self._radio.heal(remedy)
