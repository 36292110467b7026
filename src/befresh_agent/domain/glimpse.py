"""What the camera saw last, for people to look at."""

from dataclasses import dataclass
from datetime import datetime

from befresh_agent.domain.detection import Findings


@dataclass(frozen=True, slots=True)
class Glimpse:
    """One frame after it was read."""

    at: datetime
    width: int
    height: int
    findings: Findings
    picture: bytes | None = None
    """A small JPEG picture of it, where one was asked for."""
