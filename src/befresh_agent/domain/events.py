"""What happens in the agent, as values: the log, the terminal and the page all tell the same story from these."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from befresh_agent.domain.container_events import (
    BroadcastUnreadable,
    ContainerFound,
    ContainerLost,
    MachineRestarted,
    RadioDown,
    RadioRecovered,
    ReadingDoubted,
    ReadingTaken,
    VisitFailed,
)
from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.delivery_events import (
    BrokerFound,
    BrokerLost,
    DatabaseNewer,
    DatabaseRebuilt,
    DiskFull,
    MessageDead,
    MessageDelivered,
    MessageQueued,
    MessageSplit,
    ReadingsDropped,
    TimesCorrected,
    TopicFound,
    TopicLost,
)
from befresh_agent.domain.detection import Detection, ViewHint
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.phrase import Phrase
from befresh_agent.domain.spoken_answer import SpokenIntent
from befresh_agent.domain.stock import StockItem
from befresh_agent.domain.trigger import Trigger
from befresh_agent.domain.trouble import Trouble


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
class TriggerReceived:
    trigger: Trigger


@dataclass(frozen=True, slots=True)
class SessionOpened:
    session: str
    taking_out: bool = False
    """It takes food off the list; else it registers food."""


@dataclass(frozen=True, slots=True)
class SessionClosed:
    session: str
    why: str
    items: int
    """Items that travel."""
    unnamed: int
    """Items that wait for a name."""
    taken: int | None = None
    """Foods that a take-out session took off the list."""


@dataclass(frozen=True, slots=True)
class SessionRecovered:
    """A session that a power cut or crash had left open was settled from disk."""

    session: str
    items: int


@dataclass(frozen=True, slots=True)
class ThingDetected:
    detection: Detection


@dataclass(frozen=True, slots=True)
class HardToSee:
    """Something is wrong with what the camera sees, and a person can help it."""

    hint: ViewHint


@dataclass(frozen=True, slots=True)
class OtherSpelling:
    """A date is printed in a spelling or order that is switched off; told once in a session."""

    way: str
    """Its name in the settings."""


@dataclass(frozen=True, slots=True)
class DateAsked:
    """A person is asked whether this date was read right."""

    day: date


@dataclass(frozen=True, slots=True)
class CuePlayed:
    cue: Cue
    about: CueSubject | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class NameAsked:
    """The fridge asks for a name, for the first time or once more."""

    attempt: int


@dataclass(frozen=True, slots=True)
class NameHeard:
    name: str


@dataclass(frozen=True, slots=True)
class NameProposed:
    """A barcode was seen before: a person is asked whether the name is right that it had then."""

    name: str


@dataclass(frozen=True, slots=True)
class WishHeard:
    """Whoever was asked for a name said something else that they want."""

    wish: SpokenIntent


@dataclass(frozen=True, slots=True)
class QuestionAnswered:
    """Somebody asked the fridge something, and it says this."""

    answer: str


@dataclass(frozen=True, slots=True)
class NameMissed:
    why: str
    attempt: int


@dataclass(frozen=True, slots=True)
class WakePhraseDoubted:
    """Something was almost the wake phrase, and did not count."""


@dataclass(frozen=True, slots=True)
class ItemRegistered:
    item: FoodItem


@dataclass(frozen=True, slots=True)
class ItemRemoved:
    item: FoodItem


@dataclass(frozen=True, slots=True)
class FoodTakenOut:
    food: StockItem


@dataclass(frozen=True, slots=True)
class FoodPutBack:
    """What was taken out a moment ago is there again."""

    food: StockItem


@dataclass(frozen=True, slots=True)
class NotKept:
    """Something could not be written to disk."""

    what: str
    error: str


@dataclass(frozen=True, slots=True)
class TroubleFound:
    """Something is wrong with the machine or the installation."""

    trouble: Trouble


@dataclass(frozen=True, slots=True)
class TroubleOver:
    subject: str


@dataclass(frozen=True, slots=True)
class ServiceRestarted:
    """A part of the agent crashed and is started again."""

    part: str
    error: str
    pause_s: float
    trace: str = ""


@dataclass(frozen=True, slots=True)
class ServiceStalled:
    """A vital part of the agent hangs: the service manager is left to start everything again."""

    part: str


@dataclass(frozen=True, slots=True)
class StageDirection:
    """What the person of a dry run does now."""

    text: Phrase


@dataclass(frozen=True, slots=True)
class PaceChanged:
    """In a dry run: so many seconds pass in a real one from now on."""

    speed: float


Event = (
    DeviceChanged
    | TriggerReceived
    | SessionOpened
    | SessionClosed
    | SessionRecovered
    | ThingDetected
    | HardToSee
    | OtherSpelling
    | DateAsked
    | CuePlayed
    | NameAsked
    | NameHeard
    | NameProposed
    | WishHeard
    | QuestionAnswered
    | NameMissed
    | WakePhraseDoubted
    | ItemRegistered
    | ItemRemoved
    | FoodTakenOut
    | FoodPutBack
    | NotKept
    | ReadingTaken
    | VisitFailed
    | BroadcastUnreadable
    | ReadingDoubted
    | ContainerLost
    | ContainerFound
    | RadioRecovered
    | RadioDown
    | MachineRestarted
    | TroubleFound
    | TroubleOver
    | MessageQueued
    | MessageDelivered
    | MessageDead
    | BrokerLost
    | BrokerFound
    | MessageSplit
    | TopicLost
    | TopicFound
    | TimesCorrected
    | ReadingsDropped
    | DiskFull
    | DatabaseRebuilt
    | DatabaseNewer
    | ServiceRestarted
    | ServiceStalled
    | StageDirection
    | PaceChanged
)
