"""What a person registers: one food, of one of three types."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from befresh_agent.domain.container import Address


class FoodType(IntEnum):
    """The backend's `ftypeId`."""

    CONTAINER = 1
    PACKAGED = 2
    GENERAL = 3


@dataclass(frozen=True, slots=True)
class FoodItem:
    """One registered food.

    A container item has an address, a packaged one an expiry date, a general one neither.
    `name` is None while nobody has said it: such an item is kept and never sent.
    """

    id: str
    kind: FoodType
    name: str | None
    registered_at: datetime
    address: Address | None = None
    expires_on: date | None = None
    product: str | None = None
    """The trade item number (GTIN) on the pack, for this fridge alone; it never travels."""
    lot: str | None = None
