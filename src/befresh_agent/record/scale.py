"""Where the lines of a chart's grid stand, and what is written at them."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from befresh_agent.domain.series import Span

_TIMES = ((2 * 3600, 600, "%H:%M"), (12 * 3600, 3600, "%H:%M"), (2 * 86_400, 4 * 3600, "%H:%M"))
"""Up to a window of so many seconds, a line every so many seconds. Beyond, one at midnight."""
_DAY_S = 86_400
_MOST_DAYS = 8


@dataclass(frozen=True, slots=True)
class Scale:
    """The values between the lower and the upper edge of a chart, and those with a line."""

    low: float
    high: float
    marks: tuple[float, ...]
    digits: int
    """Decimals that are written."""

    def share(self, value: float) -> float:
        """0 at the lower edge, 1 at the upper one."""
        return (value - self.low) / (self.high - self.low)


def scale(low: float, high: float, *, least: float, floor: float = -math.inf, ceiling: float = math.inf) -> Scale:
    """Round marks around these values; a span of `least` at least, and nothing beyond floor and ceiling."""
    if high - low < least:
        middle = (low + high) / 2
        low, high = middle - least / 2, middle + least / 2
        if low < floor:
            low, high = floor, floor + least
    low, high = max(floor, low), min(ceiling, max(high, low))
    step = _round_step((high - low or least) / 3)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    marks = tuple(number * step for number in range(first, max(last, first + 1) + 1))
    return Scale(marks[0], marks[-1], marks, max(0, -math.floor(math.log10(step) + 1e-9)))


def times(within: Span, zone: tzinfo | None = None) -> Iterator[tuple[float, str]]:
    """Round times of the wall clock in the zone (None: this machine's), and how they are written."""
    days = math.ceil(within.seconds / _DAY_S)
    by_the_day = _DAY_S * math.ceil(days / _MOST_DAYS), "%m-%d"
    step_s, form = next(((step, form) for longest, step, form in _TIMES if within.seconds <= longest), by_the_day)
    at = local(within.begin, zone).replace(hour=0, minute=0, second=0, microsecond=0)
    while (stands := at.timestamp()) <= within.end:
        if stands >= within.begin:
            yield stands, at.strftime(form)
        at = local((at + timedelta(seconds=step_s)).timestamp(), zone)


def local(at: float, zone: tzinfo | None = None) -> datetime:
    """The wall clock in the zone (None: this machine's)."""
    return datetime.fromtimestamp(at, UTC).astimezone(zone)


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return power * next(nice for nice in (1, 2, 5, 10) if raw <= nice * power * (1 + 1e-9))
