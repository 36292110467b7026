"""Containers as the stand-in for BlueZ sees them, with everything that can go wrong with one."""

import asyncio
import struct
from collections import deque
from dataclasses import dataclass, field

from befresh_agent.domain.container import Address
from befresh_agent.domain.gatt import NICLA, SERVICE, ValueEncoding
from befresh_agent.domain.quantities import Quantity

from .objects import Refused

NEVER = float("inf")
Behaviour = float | Refused
"""Seconds until it works, `NEVER`, or the refusal."""

_PACK = {ValueEncoding.F32: "<f", ValueEncoding.I32: "<i", ValueEncoding.U32: "<I", ValueEncoding.FIRST_BYTE: "<I"}
_REAL: dict[Quantity, float] = {
    Quantity.TEMPERATURE: 33.95,
    Quantity.HUMIDITY: 37,
    Quantity.PRESSURE: 1009.83,
    Quantity.CO2: 537,
    Quantity.GAS: 101700,
    Quantity.NH3: 0,
}
UUID = {one.quantity: one.uuid for one in NICLA}


def nicla_values() -> dict[str, bytes]:
    """A real reading, as the firmware sends it."""
    packed = {}
    for one in (one for one in NICLA if one.quantity in _REAL):
        number = _REAL[one.quantity]
        packed[one.uuid] = struct.pack(
            _PACK[one.encoding], number if one.encoding is ValueEncoding.F32 else int(number)
        )
    return packed


@dataclass(eq=False)
class Peripheral:
    address: Address
    values: dict[str, bytes] = field(default_factory=nicla_values)
    service: str = SERVICE
    service_data: dict[str, bytes] = field(default_factory=dict)
    in_air: bool = True
    connecting: deque[Behaviour] = field(default_factory=deque)
    """What the next attempts to connect come to; afterwards they work at once."""
    reading: dict[str, Behaviour] = field(default_factory=dict)
    disconnecting: Behaviour = 0.0
    drop_after: int | None = None
    """The link is lost after so many reads..."""
    drop_error: Refused = field(default_factory=lambda: Refused("org.bluez.Error.Failed", "Not connected"))
    """... and BlueZ says this."""
    remembered: dict[str, bytes] | None = None
    """The characteristics BlueZ remembers until it is told to forget the device."""
    connected: bool = False
    reads: int = 0
    calls: list[str] = field(default_factory=list)
    name: str = ""

    def __post_init__(self) -> None:
        self.name = self.name or f"NiclaSenseME-{self.address.replace(':', '')[-4:]}"

    @property
    def characteristics(self) -> dict[str, bytes]:
        return self.values if self.remembered is None else self.remembered


async def behave(behaviour: Behaviour) -> None:
    if isinstance(behaviour, Refused):
        raise behaviour
    if behaviour == NEVER:
        await asyncio.Event().wait()
    await asyncio.sleep(behaviour)
