"""What travels between the agent and a vision worker; the picture itself lies in memory that both share."""

from dataclasses import dataclass
from typing import ClassVar

from befresh_agent.domain.detection import FrameFindings
from befresh_agent.domain.expiry import DateWindow


@dataclass(frozen=True, slots=True)
class FrameRequest:
    """One frame to look at."""

    looks: ClassVar[int] = 1
    """How often the picture is looked at; a worker hangs that takes too long for each."""

    width: int
    height: int
    window: DateWindow
    known: frozenset[str]
    """Texts of codes that are in view already."""
    picture: int = 0
    """Long side of the small JPEG picture that is wanted back; 0 for none."""


@dataclass(frozen=True, slots=True)
class PhotoRequest:
    """A phone's photo to look at, as its file is: the worker decodes it, too."""

    looks: ClassVar[int] = 3

    size: int
    """Bytes."""
    window: DateWindow


@dataclass(frozen=True, slots=True)
class WorkerReady:
    """The first message of a worker."""

    no_dates: str = ""
    """Why it reads codes alone, if it does."""
    second_best: str = ""
    """Why it does not read dates in the first way, if it does not."""


@dataclass(frozen=True, slots=True)
class FrameAnswer:
    findings: FrameFindings | None
    error: str = ""
    is_no_picture: bool = False
    """Nothing is wrong but the photo itself."""
    picture: bytes | None = None
    memory_mb: float = 0.0
    """What the worker needs by now, without what it shares with others."""
