"""What a person registers: one food, of one of three types, under an id that no other machine or clock gives again; and
what
is about to be registered, and has no name yet.
"""

import secrets
import uuid
from dataclasses import dataclass
from datetime import date, datetime
from enum import IntEnum

from befresh_agent.domain.container import Address
from befresh_agent.domain.gs1 import Product


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
    """The trade item number (GTIN) on the pack."""
    lot: str | None = None
    doubted: bool = False
    """Nobody has said yet whether its date was read right: such an item is kept and never sent."""
    heard: str | None = None
    """How the name was understood before another one was taken for it; for this fridge alone."""


def uuid7(at: datetime) -> str:
    """A UUID version 7: sorts by time where the clock is right, and is unique by chance alone where it is not."""
    milliseconds = max(0, int(at.timestamp() * 1000)) & (1 << 48) - 1
    chance = secrets.randbits(74)
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64 | 0b10 << 62 | chance & (1 << 62) - 1
    return str(uuid.UUID(int=value))


@dataclass(frozen=True, slots=True)
class ItemCandidate:
    """Something new that wants a name."""

    kind: FoodType
    address: Address | None = None
    expires_on: date | None = None
    product: Product | None = None
    doubted: bool = False
    """Nobody has said whether its date was read right."""

    @property
    def is_unseen(self) -> bool:
        """Nothing of it is before the camera: it is there by word alone."""
        return self.kind is FoodType.GENERAL and self.product is None


@dataclass(frozen=True, slots=True)
class NameQuestion:
    """The name that is being asked for."""

    candidate: ItemCandidate
    attempt: int
    left: int
    """So often it is asked again when this attempt brings nothing."""
    why: str
    """What came of the attempt before; empty at the first."""
