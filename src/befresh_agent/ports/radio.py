"""The Bluetooth LE radio."""

from dataclasses import dataclass
from typing import Protocol

from befresh_agent.domain.container import Address
from befresh_agent.domain.reading import Measurement


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device that was heard while the radio listened for another."""

    address: Address
    name: str
    signal_dbm: int | None
    measurement: Measurement | None = None
    """What it broadcasts by itself, if it does."""


class Radio(Protocol):
    """One radio: one container at a time, no connection is ever held. An async context manager in its adapters."""

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        """Find the container, connect, read everything, disconnect.

        Gives up with `ContainerAbsent` when it is not found within `find_s` seconds, with `RadioTransient` when
        it was found but the visit failed or took longer than `limit_s` in all, and with a plain `DeviceError`
        when the radio itself is missing or off.
        """

    def sightings(self) -> tuple[Sighting, ...]:
        """Who was heard since the last call, each device once with the newest that is known of it."""
