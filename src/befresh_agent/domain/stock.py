"""What the fridge holds: what was registered, what was corrected by hand, how fresh it is and what should be eaten
first.

Freshness is by dates alone. Nothing here judges safety.
"""

import functools
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum, StrEnum

from befresh_agent.domain.food import FoodItem

CAUTION_FROM = 0.5
"""The backend's rule: from this share of the time between registration and expiry on, a packaged food needs a look."""

SOON_DAYS = 3
"""Food is due from so many days before its date on."""


class Band(IntEnum):
    """The three parts of the stock, in the order in which they should be eaten."""

    DUE = 0
    """Past its day, or soon to be; or in a container whose air is rising."""
    UNDATED = 1
    """It has no date: the longer it is there, the earlier its turn."""
    LATER = 2


class Freshness(StrEnum):
    """The backend's three words for packaged food."""

    FRESH = "fresh"
    CAUTION = "caution"
    PAST = "past"


@dataclass(frozen=True, slots=True)
class FreshnessState:
    """A packaged food at a moment."""

    freshness: Freshness
    spent: float
    """Share of the time between registration and the end of the last day: 0 to 1 before it, above afterwards."""
    days_left: int
    """0 on the last day, negative afterwards."""


def freshness_at(registered_at: datetime, use_by: date, now: datetime) -> FreshnessState:
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
    return FreshnessState(_word(spent), spent, days_left(use_by, now.date()))


def days_left(use_by: date, today: date) -> int:
    """Days until the last one: 0 on it, negative afterwards."""
    return (use_by - today).days


def place(registered_on: date, use_by: date | None, today: date, *, rising: bool = False) -> tuple[Band, date]:
    """The place of a food in the order in which they should be eaten; the smaller comes first.

    Dates come first: what is due by its date, then what has none by its age, then the rest by its date. What stands in
    a container whose air is rising is due today at the latest.
    """
    if rising:
        return Band.DUE, min(use_by or today, today)
    if use_by is None:
        return Band.UNDATED, registered_on
    return (Band.DUE if days_left(use_by, today) <= SOON_DAYS else Band.LATER), use_by


def _word(spent: float) -> Freshness:
    if spent < CAUTION_FROM:
        return Freshness.FRESH
    return Freshness.CAUTION if spent < 1 else Freshness.PAST


class SyncState(StrEnum):
    """What the service knows of an item."""

    OPEN = "open"
    """Nothing yet: its session is still open."""
    UNNAMED = "unnamed"
    """Nothing: it waits for a name."""
    SENT = "sent"
    """It travels, or has travelled; that cannot be called back."""


class StockFilter(StrEnum):
    """A choice of the stock."""

    ALL = "all"
    SOON = "soon"
    """Due: `Band.DUE` of the order."""
    DATED = "dated"
    """All that is not `UNDATED`."""
    UNDATED = "undated"
    """Nobody knows a day; the oldest first."""
    UNNAMED = "unnamed"
    CONTAINERS = "containers"
    GONE = "gone"
    """Eaten or thrown away."""


class Fate(StrEnum):
    """What became of food that is gone."""

    EATEN = "eaten"
    THROWN = "thrown"


@dataclass(frozen=True, slots=True)
class WasteCount:
    """How many foods went which way."""

    eaten: int = 0
    thrown: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What decides where a food stands."""

    band: Band
    day: date
    named: bool
    in_container: bool
    gone_at: datetime | None = None

    def shelves(self) -> frozenset[StockFilter]:
        """Where it is to be found."""
        return frozenset({StockFilter.GONE}) if self.gone_at else _shelves(self.band, self.named, self.in_container)


@functools.cache
def _shelves(band: Band, named: bool, in_container: bool) -> frozenset[StockFilter]:
    there = {
        StockFilter.ALL: True,
        StockFilter.UNDATED: band is Band.UNDATED,
        StockFilter.DATED: band is not Band.UNDATED,
        StockFilter.SOON: band is Band.DUE,
        StockFilter.UNNAMED: not named,
        StockFilter.CONTAINERS: in_container,
    }
    return frozenset(shelf for shelf, is_there in there.items() if is_there)


MOST_FOODS = 10_000
"""No fridge holds more: so many are asked for where all are meant."""
PUT_BACK_WITHIN = timedelta(minutes=10)
"""What was taken out and is shown again so soon has come back; afterwards the service is told that it is gone."""


@dataclass(frozen=True, slots=True)
class StockItem:
    """One food on hand, or gone."""

    item: FoodItem
    """As it was registered."""
    told: SyncState
    name: str | None
    """As it is called now."""
    use_by: date | None
    """What was printed, or what a person set."""
    gone_at: datetime | None = None
    fate: Fate | None = None
    """What became of it; None while it is there, or where nobody said."""
    replaced_by: str | None = None
    """The item for which it was taken for gone, as both are in one container; None once a person was asked."""

    def freshness_at(self, now: datetime) -> FreshnessState | None:
        """How fresh it is by its dates; None without one."""
        return None if self.use_by is None else freshness_at(self.item.registered_at, self.use_by, now)

    @property
    def corrected(self) -> bool:
        """Whether a person corrected here what the service had been told already."""
        changed = (self.name, self.use_by) != (self.item.name, self.item.expires_on)
        return self.told is SyncState.SENT and changed


@dataclass(frozen=True, slots=True)
class StockPage:
    """Some of the stock in the order in which it should be eaten."""

    items: tuple[StockItem, ...]
    total: int
    """How many there are on this shelf."""
    counts: dict[StockFilter, int]
