"""What the vision stage finds in one frame, and the preview that people look at."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from befresh_agent.domain.container import Address
from befresh_agent.domain.gs1 import Product

Corners = tuple[tuple[int, int], ...]
"""The four corners (right, down) in pixels of the frame, in turn; empty when unknown."""


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


class ViewHint(StrEnum):
    """Why nothing can be read in a frame, where a person could help it."""

    TOO_DARK = "too dark"
    BLURRED = "blurred"
    TOO_CLOSE = "too close"


@dataclass(frozen=True, slots=True)
class FrameFindings:
    """Everything found in one frame, best first, and the milliseconds it took."""

    detections: tuple[Detection, ...]
    milliseconds: float
    hint: ViewHint | None = None
    """Only when nothing was found."""
    doubt: DateSeen | None = None
    """A date that was read, and not surely enough to be among the detections: a person may be asked."""
    unused: str | None = None
    """What was read is a date only in a spelling or order that is switched off: its name in the settings."""


@dataclass(frozen=True, slots=True)
class PackPhoto:
    """What one photo says of the pack or container in it. Nothing is registered by that: a person looks at it first."""

    address: Address | None = None
    product: Product | None = None
    date: DateSeen | None = None
    is_sure: bool = False
    """Whether the date would count without a person's look."""
    other_code: bool = False
    """There is a code, and it is neither a container's nor a product's."""
    hint: ViewHint | None = None
    unused: str | None = None
    """What was read is a date only in a spelling or order that is switched off."""


@dataclass(frozen=True, slots=True)
class FramePreview:
    """One frame after it was read."""

    at: datetime
    width: int
    height: int
    findings: FrameFindings
    picture: bytes | None = None
    """A small JPEG picture of it, where one was asked for."""
