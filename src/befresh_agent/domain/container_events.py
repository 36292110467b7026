"""What happens with containers and the radio that reads them, as values; part of `Event` in `domain/events.py`."""

from dataclasses import dataclass

from befresh_agent.domain.container import Address
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.domain.reading import Reading


@dataclass(frozen=True, slots=True)
class ReadingTaken:
    reading: Reading
    seconds: float


@dataclass(frozen=True, slots=True)
class VisitFailed:
    address: Address
    why: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BroadcastUnreadable:
    """What a container broadcasts cannot be read; told once for each container and reason."""

    address: Address
    why: str


@dataclass(frozen=True, slots=True)
class ReadingDoubted:
    """What a container says cannot be true: it is left out until it can."""

    address: Address
    why: str


@dataclass(frozen=True, slots=True)
class ContainerLost:
    """A container is absent from now on: it is tried cheaply until it is heard again."""

    address: Address


@dataclass(frozen=True, slots=True)
class ContainerFound:
    """A container that was absent is back."""

    address: Address


@dataclass(frozen=True, slots=True)
class RadioRecovered:
    """A remedy was applied to a radio that fails or has gone deaf."""

    device: str
    remedy: RecoveryAction
    times: int
    """How often it was applied since the start."""
    first: bool
    """It is the first time in this illness; later times are no news."""
    error: str
    """Why it could not be applied, or empty."""


@dataclass(frozen=True, slots=True)
class RadioDown:
    """Every remedy was tried in vain; the radio is tried again for ever."""

    device: str
    why: str


@dataclass(frozen=True, slots=True)
class MachineRestarted:
    """The last resort for a radio: the whole machine is restarted, at night."""

    times: int
    """So often, ever."""
    error: str
    """Why it was not possible; empty when it is on its way."""
