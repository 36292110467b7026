"""How fresh a packaged food is by its dates, and when whose turn comes to be eaten. Nothing here judges safety."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from befresh_agent.domain.food import FoodType

CAUTION_FROM = 0.5
"""The backend's rule: from this share of the time between registration and expiry on, a packaged food needs a look."""

DAYS_WITHOUT_A_DATE: Mapping[FoodType, int] = {FoodType.CONTAINER: 14, FoodType.PACKAGED: 7, FoodType.GENERAL: 7}
"""Food without a date takes its turn so many days after it was registered. This is for the order alone; it is no
use-by date and never shown as one."""


class Freshness(StrEnum):
    """The backend's three words for packaged food."""

    FRESH = "fresh"
    CAUTION = "caution"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class Standing:
    """A packaged food at a moment."""

    freshness: Freshness
    spent: float
    """Share of the time between registration and the end of the last day: 0 to 1 before it, above afterwards."""
    days_left: int
    """0 on the last day, negative afterwards."""


def standing(registered_at: datetime, use_by: date, now: datetime) -> Standing:
    """How a packaged food stands at `now` (aware, the fridge's zone).

    The printed day itself still counts: a food is past once that day is over.
    """
    ends = datetime.combine(use_by, time(), now.tzinfo) + timedelta(days=1)
    whole = (ends - registered_at).total_seconds()
    elapsed = (now - registered_at).total_seconds()
    # A clock that was set back makes time run backwards; a food registered after its day was past from the start.
    spent = max(0.0, elapsed / whole) if whole > 0 else 1.0
    if now >= ends:
        spent = max(1.0, spent)
    return Standing(_word(spent), spent, days_left(use_by, now.date()))


def days_left(use_by: date, today: date) -> int:
    """Days until the last one: 0 on it, negative afterwards."""
    return (use_by - today).days


def turn(kind: FoodType, registered_on: date, use_by: date | None, today: date, *, rising: bool = False) -> date:
    """The day by which a food takes its place in the order in which they should be eaten; of two, the older first.

    A packaged food counts by its date, one without a date by its age. What stands in a container whose air is rising
    is due today at the latest.
    """
    due = use_by if use_by is not None else registered_on + timedelta(days=DAYS_WITHOUT_A_DATE[kind])
    return min(due, today) if rising else due


def _word(spent: float) -> Freshness:
    if spent < CAUTION_FROM:
        return Freshness.FRESH
    return Freshness.CAUTION if spent < 1 else Freshness.PAST
