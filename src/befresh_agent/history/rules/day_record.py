"""What is recorded of a container on one day: extremes, times out of range, gaps. In: readings. Out: figures."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from statistics import fmean

from befresh_agent.domain.quantities import Quantity
from befresh_agent.domain.reading import Reading, TimeSpan, gaps

HOUR_S = 3600


@dataclass(frozen=True, slots=True)
class ValueExtremes:
    """Of what was measured in a stretch of time."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True)
class RangeExcursion:
    """A time out of range: from the first reading outside to the next one inside, or to the last before a gap."""

    span: TimeSpan
    worst: float
    """The temperature farthest outside, in degrees Celsius."""


@dataclass(frozen=True, slots=True)
class HourSummary:
    begin: float
    """Seconds since 1970."""
    count: int
    extremes: Mapping[Quantity, ValueExtremes]


@dataclass(frozen=True, slots=True)
class DayRecord:
    within: TimeSpan
    """The day, or as much of it as is over."""
    count: int
    extremes: Mapping[Quantity, ValueExtremes]
    """Without what was never read."""
    excursions: tuple[RangeExcursion, ...]
    missing: tuple[TimeSpan, ...]
    hours: tuple[HourSummary, ...]
    unset: int
    """Readings taken while the clock was not set."""


def record(readings: Sequence[Reading], within: TimeSpan, *, allowed: tuple[float, float], gap_s: float) -> DayRecord:
    """The record of these readings, which are in the order of time.

    `allowed` are the lowest and the highest temperature that are right (degrees Celsius); a gap is longer than `gap_s`.
    """
    inside = [reading for reading in readings if within.begin <= _at(reading) < within.end]
    return DayRecord(
        within,
        len(inside),
        _extremes(inside),
        tuple(_excursions(inside, allowed, gap_s)),
        tuple(gaps(((_at(reading), _at(reading)) for reading in inside), within, gap_s)),
        tuple(_hours(inside, within)),
        sum(not reading.clock_synced for reading in inside),
    )


def _extremes(readings: Sequence[Reading]) -> dict[Quantity, ValueExtremes]:
    found = {}
    for quantity in Quantity:
        values = [value for one in readings if (value := getattr(one.values, quantity.value)) is not None]
        if values:
            found[quantity] = ValueExtremes(min(values), fmean(values), max(values))
    return found


def _excursions(readings: Sequence[Reading], allowed: tuple[float, float], gap_s: float) -> list[RangeExcursion]:
    known = [(_at(one), one.values.temperature) for one in readings if one.values.temperature is not None]
    found: list[RangeExcursion] = []
    begun: float | None = None
    worst = off_worst = 0.0
    for (at, value), following in zip_longest(known, known[1:]):
        off = max(allowed[0] - value, value - allowed[1])
        if off > 0:
            if begun is None:
                begun, off_worst = at, 0.0
            if off > off_worst:
                worst, off_worst = value, off
        if begun is None:
            continue
        if off <= 0 or following is None or following[0] - at > gap_s:
            found.append(RangeExcursion(TimeSpan(begun, at), worst))
            begun = None
    return found


def _hours(readings: Sequence[Reading], within: TimeSpan) -> list[HourSummary]:
    edges = [within.begin + HOUR_S * number for number in range(int(-(-within.seconds // HOUR_S)) + 1)]
    hours = []
    for begin, end in pairwise(edges):
        some = [one for one in readings if begin <= _at(one) < end]
        hours.append(HourSummary(begin, len(some), _extremes(some)))
    return hours


def _at(reading: Reading) -> float:
    return reading.taken_at.timestamp()
