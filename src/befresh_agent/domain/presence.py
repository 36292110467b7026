"""Whether somebody stands before the fridge, from noisy distances.

In: one distance after another, or a failed reading. Out: `Presence` when it changes. The median of five and a margin
keep a stray echo from opening or closing anything; a single failed reading is ignored, and a sensor that stays silent
never says that nobody is there.
"""

from collections import deque
from statistics import median

from befresh_agent.domain.trigger import Presence

_WINDOW = 5
_MARGIN = 1.1
"""Somebody is gone only beyond the threshold and a tenth."""


class PresenceRule:
    """Feed every reading in order."""

    def __init__(self, near_m: float) -> None:
        self._near_m = near_m
        self._recent: deque[float] = deque(maxlen=_WINDOW)
        self._failures = 0
        self._near: bool | None = None

    @property
    def blind(self) -> bool:
        """Two readings in a row failed: the sensor cannot tell at the moment."""
        return self._failures >= 2

    def measured(self, metres: float) -> Presence | None:
        """A distance, infinite when nothing is in reach."""
        self._failures = 0
        self._recent.append(metres)
        if len(self._recent) < _WINDOW:
            return None
        return self._now(median(self._recent) <= self._near_m * (_MARGIN if self._near else 1))

    def failed(self) -> Presence | None:
        """A reading failed. Whoever was taken for gone is taken for present while nobody can tell."""
        self._failures += 1
        if not self.blind:
            return None
        self._recent.clear()
        return self._now(True) if self._near is False else None

    def _now(self, near: bool) -> Presence | None:
        if near is self._near:
            return None
        self._near = near
        return Presence(near)
