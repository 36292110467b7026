"""Whether the air in a container is changing: NH3 and gas against the container's own quietest half day.

In: half-hourly means of some days. Out: how much more there is now than at the quietest, with its uncertainty, and one
word. A few wild values cannot bend it: medians with their standard error, and lines fitted after Huber.
"""

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import fmean, median

from befresh_agent.domain.quantities import Quantity

_SIGMA = 1.4826
"""Turns a median absolute deviation into a standard deviation."""

_HUBER = 1.345

_ROUNDS = 4

_MOST_CORRELATED = 0.9

_QUIETEST = 1e-3
"""Less noise is not believed: a line through very few points would count as exact, and rounding errors as slopes."""


@dataclass(frozen=True, slots=True)
class LineFit:
    """`z = a x + b y`, with the variances and the covariance of a and b."""

    a: float = 0.0
    b: float = 0.0
    variance_a: float = 0.0
    variance_b: float = 0.0
    covariance: float = 0.0

    def error(self, x: float, y: float) -> float:
        """Standard error of `a x + b y`."""
        return math.sqrt(max(0.0, x * x * self.variance_a + y * y * self.variance_b + 2 * x * y * self.covariance))


def median_with_error(values: Sequence[float]) -> tuple[float, float]:
    """Median and its standard error, for values in the order of time that may be correlated with their neighbours."""
    middle = median(values)
    off = [value - middle for value in values]
    spread = _SIGMA * median(abs(value) for value in off)
    if spread == 0.0:  # more than half of them are alike: whole numbers, such as NH3 near zero
        spread = math.sqrt(fmean(value * value for value in off))
    worth = len(values) * (1 - (sticky := _autocorrelation(off))) / (1 + sticky)
    return middle, math.sqrt(math.pi / 2) * spread / math.sqrt(max(1.0, worth))


def fit(points: Sequence[tuple[float, float, float]], prior: tuple[float, float]) -> LineFit:
    """The line through (x, y, z), iteratively reweighted after Huber.

    `prior` is how large a and b may be expected to be (standard deviations): where x or y hardly varies they stay near
    zero with that uncertainty.
    """
    noise = max(_SIGMA * median([abs(z) for _, _, z in points] or [0.0]), _QUIETEST)
    found, weights = LineFit(), [1.0] * len(points)
    for _ in range(_ROUNDS):
        found = _solve(points, weights, noise, prior)
        off = [abs(z - found.a * x - found.b * y) for x, y, z in points]
        noise = max(_SIGMA * median(off or [0.0]), _QUIETEST)
        weights = [min(1.0, _HUBER * noise / value) if value else 1.0 for value in off]
    return found


def _solve(
    points: Sequence[tuple[float, float, float]], weights: Sequence[float], noise: float, prior: tuple[float, float]
) -> LineFit:
    precision = 1 / noise**2
    xx, yy, xy, xz, yz = 1 / prior[0] ** 2, 1 / prior[1] ** 2, 0.0, 0.0, 0.0
    for (x, y, z), weight in zip(points, weights, strict=True):
        xx += precision * weight * x * x
        yy += precision * weight * y * y
        xy += precision * weight * x * y
        xz += precision * weight * x * z
        yz += precision * weight * y * z
    determinant = xx * yy - xy * xy
    return LineFit(
        (xz * yy - yz * xy) / determinant,
        (yz * xx - xz * xy) / determinant,
        yy / determinant,
        xx / determinant,
        -xy / determinant,
    )


def _autocorrelation(off: Sequence[float]) -> float:
    """How much each value takes after the one before, 0 to 0.9."""
    whole = sum(value * value for value in off)
    if whole == 0.0:
        return 0.0
    together = sum(a * b for a, b in itertools.pairwise(off))
    return min(_MOST_CORRELATED, max(0.0, together / whole))


STEP_S = 1800
"""Samples are means over so many seconds."""


@dataclass(frozen=True, slots=True)
class TrendSample:
    """What was measured in half an hour."""

    at: float
    """Seconds since 1970."""
    means: Mapping[Quantity, float]
    """Without what was never read. The gas resistance falls when vapours (VOC) rise."""


@dataclass(frozen=True, slots=True)
class TrendRule:
    """What counts as rising. The figures come from simulated food; another file of them may be put in their place."""

    window_s: float = 7 * 86_400
    """How far back the quietest half day is looked for."""
    quiet_s: float = 12 * 3600
    recent_s: float = 6 * 3600
    """"Now" is the middle of so many seconds, so that an open door does not count."""
    silent_s: float = 3 * 3600
    """Without a reading for so long nothing is said."""
    coverage: float = 0.4
    """The least share of half hours that must have been measured, now and in the quiet half day."""
    sure: float = 3.0
    """A change counts when it is so many times its standard error ..."""
    least: Mapping[Quantity, float] = field(default_factory=lambda: {Quantity.GAS: 0.14, Quantity.NH3: 40.0})
    """... and at least this: of gas a logarithm (0.14: the resistance fell by 13 %), of NH3 a raw value."""
    weather: Mapping[Quantity, tuple[float, float]] = field(
        default_factory=lambda: {Quantity.GAS: (0.05, 0.02), Quantity.NH3: (5.0, 2.0)}
    )
    """How much a value may depend on a degree and on a percent of humidity, before anything is known of the sensor."""


RULE = TrendRule()


class TrendState(StrEnum):
    RISING = "rising"
    STEADY = "steady"
    LEARNING = "learning"
    """Not measured long enough yet to know what is usual for this container."""
    UNMEASURED = "unmeasured"
    """Neither gas nor NH3 was measured for a while."""


@dataclass(frozen=True, slots=True)
class AirDelta:
    """How much more of something there is now than at the quietest, at equal temperature and humidity."""

    quantity: Quantity
    amount: float
    """Of gas the share by which the resistance fell (0.2: by 20 %), of NH3 the raw value by which it rose."""
    uncertainty: float
    """The true amount lies within plus or minus this, 19 times out of 20."""
    rising: bool
    since: float
    """When the quietest half day began, seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Trend:
    state: TrendState
    changes: tuple[AirDelta, ...] = ()
    silent_s: float | None = None
    """How long nothing was measured; None where nothing ever was."""


def trend(samples: Sequence[TrendSample], now: float, rule: TrendRule = RULE) -> Trend:
    """The trend at `now` (seconds since 1970) of samples in the order of time."""
    samples = [s for s in samples if now - rule.window_s <= s.at <= now and s.means.keys() & rule.least.keys()]
    if not samples:
        return Trend(TrendState.UNMEASURED)
    silent_s = max(0.0, now - samples[-1].at - STEP_S / 2)
    if silent_s > rule.silent_s:
        return Trend(TrendState.UNMEASURED, silent_s=silent_s)
    found = (_change(quantity, _rows(quantity, samples), rule) for quantity in rule.least)
    changes = tuple(change for change in found if change is not None)
    if not changes:
        return Trend(TrendState.LEARNING, silent_s=silent_s)
    state = TrendState.RISING if any(change.rising for change in changes) else TrendState.STEADY
    return Trend(state, changes, silent_s)


@dataclass(frozen=True, slots=True)
class _TrendRow:
    at: float
    temperature: float
    humidity: float
    strength: float
    """Grows with what is in the air: the negative logarithm of gas, NH3 as it is."""


def _rows(quantity: Quantity, samples: Sequence[TrendSample]) -> list[_TrendRow]:
    rows = []
    for sample in samples:
        value, means = sample.means.get(quantity), sample.means
        if value is None or Quantity.TEMPERATURE not in means or Quantity.HUMIDITY not in means:
            continue
        if quantity is Quantity.GAS:
            if value <= 0:
                continue
            value = -math.log(value)
        rows.append(_TrendRow(sample.at, means[Quantity.TEMPERATURE], means[Quantity.HUMIDITY], value))
    return rows


def _change(quantity: Quantity, rows: Sequence[_TrendRow], rule: TrendRule) -> AirDelta | None:
    """Now against the quietest half day; None while there is not enough of either."""
    if not rows:
        return None
    split = rows[-1].at - rule.recent_s
    recent = [row for row in rows if row.at > split]
    weather = _weather(rows, rule.weather[quantity])
    halves = [half for half in _half_days(rows, split, rule) if len(half) >= rule.coverage * rule.quiet_s / STEP_S]
    if not halves or len(recent) < rule.coverage * rule.recent_s / STEP_S:
        return None
    quiet = min(halves, key=lambda half: median(_corrected(half, weather)))
    middle, error = median_with_error(_corrected(recent, weather))
    usual, usual_error = median_with_error(_corrected(quiet, weather))
    warmer = median(row.temperature for row in recent) - median(row.temperature for row in quiet)
    damper = median(row.humidity for row in recent) - median(row.humidity for row in quiet)
    error = math.sqrt(error**2 + usual_error**2 + weather.error(warmer, damper) ** 2)
    risen = middle - usual
    rising = risen >= rule.least[quantity] and risen >= rule.sure * error
    if quantity is Quantity.GAS:
        return AirDelta(quantity, 1 - math.exp(-risen), 2 * error * math.exp(-risen), rising, quiet[0].at)
    return AirDelta(quantity, risen, 2 * error, rising, quiet[0].at)


def _weather(rows: Sequence[_TrendRow], prior: tuple[float, float]) -> LineFit:
    """What a degree and a percent of humidity do to this sensor, from one half hour to the next.

    Over half hours food hardly changes, so its own slow rise does not get into it.
    """
    steps = [
        (b.temperature - a.temperature, b.humidity - a.humidity, b.strength - a.strength)
        for a, b in pairwise(rows)
        if b.at - a.at <= 2 * STEP_S
    ]
    return fit(steps, prior)


def _half_days(rows: Sequence[_TrendRow], before: float, rule: TrendRule) -> list[list[_TrendRow]]:
    halves: dict[int, list[_TrendRow]] = {}
    for row in rows:
        if row.at <= before:
            halves.setdefault(int((before - row.at) // rule.quiet_s), []).append(row)
    return list(halves.values())


def _corrected(rows: Sequence[_TrendRow], weather: LineFit) -> list[float]:
    return [row.strength - weather.a * row.temperature - weather.b * row.humidity for row in rows]
