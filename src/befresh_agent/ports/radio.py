"""The Bluetooth LE radio."""

from dataclasses import dataclass
from typing import Protocol

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_kind import ContainerKind
from befresh_agent.domain.healing import Remedy
from befresh_agent.domain.reading import Measurement

PACKETS = 8
"""Packets of one device that are told of at a time: the newest ones."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A device that was heard."""

    address: Address
    name: str
    signal_dbm: int | None
    kind: ContainerKind | None = None
    """What it seems to be by its advertisement; None for a stranger."""
    broadcasts: tuple[bytes, ...] = ()
    """Its BTHome service data: the different packets that were heard, the oldest first, at most `PACKETS`."""


class Radio(Protocol):
    """One radio: one container at a time, no connection is ever held. An async context manager in its adapters."""

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        """Find the container, connect, read everything, disconnect.

        Gives up with `ContainerAbsent` when it is not found within `find_s` seconds, with `RadioTransient` when
        it was found but the visit failed or took longer than `limit_s` in all, with `ContainerBroadcasts` when it
        needs no visit, and with a plain `DeviceError` when the radio itself is missing or off.
        """

    def sightings(self) -> tuple[Sighting, ...]:
        """Who was heard in visits since the last call, each device once with the newest that is known of it."""

    async def listen(self, seconds: float) -> tuple[Sighting, ...]:
        """Whoever is heard within so many seconds, each device once, connecting to nobody.

        Raises a plain `DeviceError` when the radio is missing or off. Waits for a visit that is under way.
        """

    async def heal(self, remedy: Remedy) -> None:
        """Apply the remedy; raises `DeviceError` where that is not possible or not allowed."""
