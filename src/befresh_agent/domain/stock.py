"""What the fridge holds, as a person sees it: what was registered, with what was corrected later by hand."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.freshness import Standing, standing


class Told(StrEnum):
    """What the service knows of an item."""

    OPEN = "open"
    """Nothing yet: its session is still open."""
    UNNAMED = "unnamed"
    """Nothing: it waits for a name."""
    SENT = "sent"
    """It travels, or has travelled; that cannot be called back."""


class Shelf(StrEnum):
    """A choice of the stock."""

    ALL = "all"
    SOON = "soon"
    """To be used within `SOON_DAYS`, or past its day."""
    UNNAMED = "unnamed"
    CONTAINERS = "containers"
    GONE = "gone"
    """Eaten or thrown away."""


SOON_DAYS = 3


@dataclass(frozen=True, slots=True)
class StockItem:
    """One food on hand, or gone."""

    item: FoodItem
    """As it was registered."""
    told: Told
    name: str | None
    """As it is called now."""
    use_by: date | None
    """What was printed, or what a person set."""
    gone_at: datetime | None = None

    def standing(self, now: datetime) -> Standing | None:
        """How fresh it is by its dates; None without one."""
        return None if self.use_by is None else standing(self.item.registered_at, self.use_by, now)

    @property
    def corrected(self) -> bool:
        """Whether a person corrected here what the service had been told already."""
        changed = (self.name, self.use_by) != (self.item.name, self.item.expires_on)
        return self.told is Told.SENT and changed


@dataclass(frozen=True, slots=True)
class StockPage:
    """Some of the stock in the order in which it should be eaten."""

    items: tuple[StockItem, ...]
    total: int
    """How many there are on this shelf."""
    counts: dict[Shelf, int]
