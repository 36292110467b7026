"""How visits of containers go: what is remembered of each, and how long they took in the field test."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from befresh_agent.domain.container import Address
from befresh_agent.domain.reading import Reading

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


@dataclass(frozen=True, slots=True)
class ContainerHealth:
    address: Address
    last: Reading | None
    age_s: float | None
    """Seconds since the last reading."""
    absent: bool
    """It did not answer for a while; it is tried cheaply."""
    visits: int
    """The visits that the two figures below are taken over: the latest ones."""
    success_rate: float | None
    """Share of them that brought a reading."""
    visit_s: float | None
    """Their mean length in seconds, failed ones included."""
    signal_dbm: int | None
    """How loud it was heard last."""
    attempts: int
    """Visits since it joined the roster: each of them costs its battery."""
    radio_s: float
    """Seconds they took."""
    broadcasts: bool = False
    """It tells by itself and is never visited."""
    battery_percent: int | None = None
    """As it broadcasts it."""
    trouble: str | None = None
    """Why what it broadcast last could not be understood, or what it says is not believed."""

    def to_json(self) -> dict[str, Any]:
        return {
            "address": self.address,
            "last": self.last.taken_at.isoformat(timespec="seconds") if self.last else None,
            "clock_synced": self.last.clock_synced if self.last else None,
            "age_s": _rounded(self.age_s, 0),
            "values": asdict(self.last.values) if self.last else None,
            "absent": self.absent,
            "visits": self.visits,
            "success_rate": _rounded(self.success_rate, 3),
            "visit_s": _rounded(self.visit_s, 1),
            "signal_dbm": self.signal_dbm,
            "attempts": self.attempts,
            "radio_s": _rounded(self.radio_s, 1),
            "broadcasts": self.broadcasts,
            "battery_percent": self.battery_percent,
            "trouble": self.trouble,
        }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
