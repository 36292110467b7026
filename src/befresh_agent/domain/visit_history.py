"""How a container's visits went, and what can be said of many of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from befresh_agent.domain.container import Address

KEPT = 200
"""Visits remembered of each container: a day and a half at one every ten minutes."""


@dataclass(frozen=True, slots=True)
class VisitRecord:
    """One visit that took place."""

    address: Address
    began: datetime
    seconds: float
    good: bool
    """It brought a reading."""
    signal_dbm: int | None
    """How loud the container was heard last; None when it never was."""


@dataclass(frozen=True, slots=True)
class VisitHistory:
    """A container's latest visits, the oldest first, and what all of them cost since it joined."""

    address: Address
    latest: tuple[VisitRecord, ...]
    attempts: int
    """Every attempt costs the container's battery."""
    radio_s: float
    """Seconds all attempts took."""


def success_rate(visits: Sequence[VisitRecord]) -> float | None:
    """Share of them that brought a reading, 0 to 1; None of none."""
    return sum(visit.good for visit in visits) / len(visits) if visits else None


def mean_seconds(visits: Sequence[VisitRecord]) -> float | None:
    """Their mean length, failed ones included; None of none."""
    return sum(visit.seconds for visit in visits) / len(visits) if visits else None
