"""What a container's sensors said and when, and many readings as points for a chart or as gaps.

A Pi has no clock that runs while it is off. What was measured before the clock was set carries the time of the clock
that never jumps; once the wall clock is right, that tells when it really was, but only within one run of the machine.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement

SETTLING_S = 3600.0
"""A clock that was not set so many seconds after the machine started will hardly be: nothing waits for it longer."""


@dataclass(frozen=True, slots=True)
class ClockAnchor:
    """A moment within one run of the machine."""

    boot: str
    """Which run it was."""
    monotonic: float
    """Seconds on its clock that never jumps."""


def corrected(taken: ClockAnchor, now: ClockAnchor, wall: datetime) -> datetime | None:
    """When it really was, if it is `wall` right now; None when it was in another run of the machine."""
    if not taken.boot or taken.boot != now.boot:
        return None
    return wall - timedelta(seconds=now.monotonic - taken.monotonic)


@dataclass(frozen=True, slots=True)
class Reading:
    """A measurement, of whom and when."""

    address: Address
    taken_at: datetime
    """Aware; the fridge's local zone."""
    values: Measurement
    clock_synced: bool = True
    """Whether the clock was known to be right. If not, `taken_at` is corrected once it is, where `anchor` allows it."""
    anchor: ClockAnchor | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class BroadcastOrigin:
    """A reading was broadcast; the counters are those of an encrypted container."""

    counter: int | None = None
    highest: int | None = None
    """The highest one ever: before a change of its battery it may have counted further."""


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A stretch of time, in seconds since 1970."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    """One value over the readings taken from `first` to `last` (seconds since 1970; the same for a single reading)."""

    first: float
    last: float
    mean: float
    low: float
    high: float

    @property
    def at(self) -> float:
        """The middle."""
        return (self.first + self.last) / 2


def gaps(measured: Iterable[tuple[float, float]], within: TimeSpan, longest_s: float) -> list[TimeSpan]:
    """Stretches longer than that without a reading, those at both ends included.

    `measured` are times of first and last readings, in order; what lies outside `within` is left out.
    """
    found, since = [], within.begin
    for first, last in measured:
        if last < within.begin or first > within.end:
            continue
        if first - since > longest_s:
            found.append(TimeSpan(since, first))
        since = max(since, last)
    if within.end - since > longest_s:
        found.append(TimeSpan(since, within.end))
    return found
