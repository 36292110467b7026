"""What happens in the agent, as values: the log, the terminal and the page all tell the same story from these."""

from dataclasses import dataclass
from enum import StrEnum

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import Detection, Hint
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.healing import Remedy
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.trigger import Trigger


class DeviceState(StrEnum):
    """How a device is doing."""

    READY = "ready"
    """Works, or is ready to be switched on."""
    LIVE = "live"
    """Switched on right now."""
    LOST = "lost"
    """Missing, dead or silent; it is tried again."""
    OFF = "off"
    """Not configured."""


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    device: str
    state: DeviceState
    detail: str
    back: bool = False
    """It was lost before and works again."""


@dataclass(frozen=True, slots=True)
class Triggered:
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class SessionOpened:
    session: str


@dataclass(frozen=True, slots=True)
class SessionClosed:
    session: str
    why: str
    items: int
    """Items that travel."""
    unnamed: int
    """Items that wait for a name."""


@dataclass(frozen=True, slots=True)
class SessionRecovered:
    """A session that a power cut or crash had left open was settled from disk."""

    session: str
    items: int


@dataclass(frozen=True, slots=True)
class Detected:
    detection: Detection


@dataclass(frozen=True, slots=True)
class HardToSee:
    """Something is wrong with what the camera sees, and a person can help it."""

    hint: Hint


@dataclass(frozen=True, slots=True)
class CuePlayed:
    cue: Cue


@dataclass(frozen=True, slots=True)
class NameHeard:
    name: str


@dataclass(frozen=True, slots=True)
class NameMissed:
    why: str
    attempt: int


@dataclass(frozen=True, slots=True)
class ItemRegistered:
    item: FoodItem


@dataclass(frozen=True, slots=True)
class ItemRemoved:
    item: FoodItem


@dataclass(frozen=True, slots=True)
class NotKept:
    """Something could not be written to disk."""

    what: str
    error: str


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
class ContainerLost:
    """A container is absent from now on: it is tried cheaply until it is heard again."""

    address: Address


@dataclass(frozen=True, slots=True)
class ContainerFound:
    """A container that was absent is back."""

    address: Address


@dataclass(frozen=True, slots=True)
class RadioTreated:
    """A remedy was applied to a radio that fails or has gone deaf."""

    device: str
    remedy: Remedy
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
class MessageQueued:
    seq: int
    topic: str
    summary: str


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    seq: int
    topic: str
    where: str
    """The broker, or the journal."""


@dataclass(frozen=True, slots=True)
class MessageDead:
    seq: int
    topic: str
    error: str


@dataclass(frozen=True, slots=True)
class BrokerLost:
    error: str
    waiting: int


@dataclass(frozen=True, slots=True)
class BrokerFound:
    offline_s: float


@dataclass(frozen=True, slots=True)
class TimesCorrected:
    """The clock was set: so many readings that wait for their message got their right times."""

    count: int


@dataclass(frozen=True, slots=True)
class ReadingsDropped:
    """So many readings were given up: the oldest, as the store was full, or such as were garbled on disk."""

    count: int


@dataclass(frozen=True, slots=True)
class DiskFull:
    """The disk is full: the reserve that was kept back is in use now, and after it nothing more can be kept."""

    folder: str


@dataclass(frozen=True, slots=True)
class MemoryReplaced:
    """The database was damaged: it was set aside, and a new one begun with the rows that could still be read."""

    kept_as: str
    error: str
    rescued: int


@dataclass(frozen=True, slots=True)
class Restarted:
    """A part of the agent crashed and is started again."""

    part: str
    error: str
    pause_s: float
    trace: str = ""


@dataclass(frozen=True, slots=True)
class Stalled:
    """A vital part of the agent hangs: the service manager is left to start everything again."""

    part: str


Event = (
    DeviceChanged
    | Triggered
    | SessionOpened
    | SessionClosed
    | SessionRecovered
    | Detected
    | HardToSee
    | CuePlayed
    | NameHeard
    | NameMissed
    | ItemRegistered
    | ItemRemoved
    | NotKept
    | ReadingTaken
    | VisitFailed
    | BroadcastUnreadable
    | ContainerLost
    | ContainerFound
    | RadioTreated
    | RadioDown
    | MessageQueued
    | MessageDelivered
    | MessageDead
    | BrokerLost
    | BrokerFound
    | TimesCorrected
    | ReadingsDropped
    | DiskFull
    | MemoryReplaced
    | Restarted
    | Stalled
)
