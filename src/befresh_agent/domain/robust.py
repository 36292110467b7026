"""Sums that a few wild values cannot bend: a middle with its standard error, and a line through the origin."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median

_SIGMA = 1.4826
"""Turns a median absolute deviation into a standard deviation."""
_HUBER = 1.345
_ROUNDS = 4
_STICKIEST = 0.9
_QUIETEST = 1e-3
"""Less noise is not believed: a line through very few points would count as exact, and rounding errors as slopes."""


@dataclass(frozen=True, slots=True)
class Fit:
    """`z = a x + b y`, with the variances and the covariance of a and b."""

    a: float = 0.0
    b: float = 0.0
    variance_a: float = 0.0
    variance_b: float = 0.0
    covariance: float = 0.0

    def error(self, x: float, y: float) -> float:
        """Standard error of `a x + b y`."""
        return math.sqrt(max(0.0, x * x * self.variance_a + y * y * self.variance_b + 2 * x * y * self.covariance))


def centre(values: Sequence[float]) -> tuple[float, float]:
    """Median and its standard error, for values in the order of time that may hang together."""
    middle = median(values)
    off = [value - middle for value in values]
    spread = _SIGMA * median(abs(value) for value in off)
    if spread == 0.0:  # more than half of them are alike: whole numbers, such as NH3 near zero
        spread = math.sqrt(fmean(value * value for value in off))
    worth = len(values) * (1 - (sticky := _stickiness(off))) / (1 + sticky)
    return middle, math.sqrt(math.pi / 2) * spread / math.sqrt(max(1.0, worth))


def fit(points: Sequence[tuple[float, float, float]], prior: tuple[float, float]) -> Fit:
    """The line through (x, y, z), iteratively reweighted after Huber.

    `prior` is how large a and b may be expected to be (standard deviations): where x or y hardly varies they stay near
    zero with that uncertainty.
    """
    noise = max(_SIGMA * median([abs(z) for _, _, z in points] or [0.0]), _QUIETEST)
    found, weights = Fit(), [1.0] * len(points)
    for _ in range(_ROUNDS):
        found = _solve(points, weights, noise, prior)
        off = [abs(z - found.a * x - found.b * y) for x, y, z in points]
        noise = max(_SIGMA * median(off or [0.0]), _QUIETEST)
        weights = [min(1.0, _HUBER * noise / value) if value else 1.0 for value in off]
    return found


def _solve(
    points: Sequence[tuple[float, float, float]], weights: Sequence[float], noise: float, prior: tuple[float, float]
) -> Fit:
    precision = 1 / noise**2
    xx, yy, xy, xz, yz = 1 / prior[0] ** 2, 1 / prior[1] ** 2, 0.0, 0.0, 0.0
    for (x, y, z), weight in zip(points, weights, strict=True):
        xx += precision * weight * x * x
        yy += precision * weight * y * y
        xy += precision * weight * x * y
        xz += precision * weight * x * z
        yz += precision * weight * y * z
    determinant = xx * yy - xy * xy
    return Fit(
        (xz * yy - yz * xy) / determinant,
        (yz * xx - xz * xy) / determinant,
        yy / determinant,
        xx / determinant,
        -xy / determinant,
    )


def _stickiness(off: Sequence[float]) -> float:
    """How much each value takes after the one before, 0 to 0.9."""
    whole = sum(value * value for value in off)
    if whole == 0.0:
        return 0.0
    together = sum(a * b for a, b in itertools.pairwise(off))
    return min(_STICKIEST, max(0.0, together / whole))
