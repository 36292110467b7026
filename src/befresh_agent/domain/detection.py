"""What the vision stage finds in one frame."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from befresh_agent.domain.container import Address
from befresh_agent.domain.corners import Corners
from befresh_agent.domain.gs1 import Product


@dataclass(frozen=True, slots=True)
class ContainerSeen:
    """A container's QR code."""

    address: Address
    text: str = field(default="", compare=False)
    """What the code says, as it stands there."""
    corners: Corners = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class OtherCodeSeen:
    """A QR code that is not a container's."""

    text: str
    corners: Corners = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class ProductSeen:
    """A code that tells which product a pack is. A date it tells is found as a `DateSeen` of its own."""

    product: Product
    text: str = field(default="", compare=False)
    """What a QR code says, as it stands there; empty for a barcode."""
    corners: Corners = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class DateSeen:
    """A plausible expiry date; `reads` tells how often it was read alike within this frame."""

    date: date
    confidence: float
    text: str
    reads: int = 1
    corners: Corners = field(default=(), compare=False)


Detection = ContainerSeen | OtherCodeSeen | ProductSeen | DateSeen


class Hint(StrEnum):
    """Why nothing can be read in a frame, where a person could help it."""

    TOO_DARK = "too dark"
    BLURRED = "blurred"
    TOO_CLOSE = "too close"


@dataclass(frozen=True, slots=True)
class Findings:
    """Everything found in one frame, best first, and the milliseconds it took."""

    detections: tuple[Detection, ...]
    milliseconds: float
    hint: Hint | None = None
    """Only when nothing was found."""
