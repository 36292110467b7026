"""What was measured over a stretch of time, in few enough points for a chart; and where nothing was measured."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time, in seconds since 1970."""

    begin: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin


@dataclass(frozen=True, slots=True)
class Point:
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


def gaps(measured: Iterable[tuple[float, float]], within: Span, longest_s: float) -> list[Span]:
    """Stretches longer than that without a reading, those at both ends included.

    `measured` are times of first and last readings, in order; what lies outside `within` is left out.
    """
    found, since = [], within.begin
    for first, last in measured:
        if last < within.begin or first > within.end:
            continue
        if first - since > longest_s:
            found.append(Span(since, first))
        since = max(since, last)
    if within.end - since > longest_s:
        found.append(Span(since, within.end))
    return found
