"""What the rules of a session ask for: values that the live session carries out, one after the other.

After `KeepItem`, `TakeBack`, `MoveFood` and `DiscardSession` the rules want to hear how it went.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.detection import (
    Detection,
    ViewHint,
)
from befresh_agent.domain.food import FoodItem, ItemCandidate
from befresh_agent.domain.food_question import FoodQuestion
from befresh_agent.domain.stock import StockItem


class SessionLimits(Protocol):
    """The numbers of a session, in seconds where not said otherwise; the settings have them and their defaults."""

    @property
    def attempts(self) -> int:
        """How often a name is asked for."""
        ...

    @property
    def nobody_s(self) -> float: ...
    @property
    def longest_s(self) -> float: ...
    @property
    def out_of_view_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class ReportSeen:
    """Tell the world that something new was seen."""

    detection: Detection


@dataclass(frozen=True, slots=True)
class ReportHint:
    """Tell the world why nothing is seen."""

    hint: ViewHint


@dataclass(frozen=True, slots=True)
class OfferSpelling:
    """Tell the world that dates are printed in a way that is switched off."""

    way: str


@dataclass(frozen=True, slots=True)
class AskBack:
    """Ask whether a date was read right: a press means yes, a double press no."""

    day: date


@dataclass(frozen=True, slots=True)
class PlayCue:
    cue: Cue
    about: CueSubject | None = None


@dataclass(frozen=True, slots=True)
class AskName:
    """Listen for a name."""

    attempt: int


@dataclass(frozen=True, slots=True)
class RecallProduct:
    """Look up what the product is called here, then say `recalled`."""

    gtin: str


@dataclass(frozen=True, slots=True)
class ProposeName:
    """Ask whether this name is right, and listen: silence or a press means yes, a double press no."""

    candidate: ItemCandidate
    name: str


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Tell what the list says."""

    question: FoodQuestion


@dataclass(frozen=True, slots=True)
class StopAsking:
    """Whoever listens may stop."""


@dataclass(frozen=True, slots=True)
class KeepItem:
    """Write the item to disk, then say `kept` or `not_kept`."""

    candidate: ItemCandidate
    name: str | None
    heard: str | None = None
    """How it was understood, where it was spoken."""


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Remove the item from disk, then say `taken_back` or `not_kept`."""

    item: FoodItem


@dataclass(frozen=True, slots=True)
class ListFood:
    """Look up what is on the list, and what left it lately; then say `listed`."""


@dataclass(frozen=True, slots=True)
class MoveFood:
    """Take the food off the list, or put it back; then say `moved` or `not_kept`."""

    food: StockItem
    out: bool
    undo: bool = False
    """It takes a move of this session back."""


@dataclass(frozen=True, slots=True)
class CloseSession:
    """Settle the session: its items travel."""

    why: str


@dataclass(frozen=True, slots=True)
class DiscardSession:
    """Take the whole session back, then say `discarded` or `not_kept`."""


Action = (
    ReportSeen
    | ReportHint
    | OfferSpelling
    | PlayCue
    | AskName
    | AskBack
    | RecallProduct
    | ProposeName
    | AnswerQuestion
    | StopAsking
    | KeepItem
    | TakeBack
    | ListFood
    | MoveFood
    | CloseSession
    | DiscardSession
)

Actions = Iterator[Action]
