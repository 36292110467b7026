"""What a person means: presses from the button's edges, presence from noisy distances.

A short press is known only when no second one followed it, a hold while the button is still down, so the rule names the
time at which it wants to be asked again. The median of five distances and a margin keep a stray echo from opening or
closing anything; a single failed reading is ignored, and a silent sensor never says that nobody is there.
"""

import math
from collections import deque
from statistics import median

from befresh_agent.domain.trigger import HELP_AFTER_S, Presence, Press


class PressDetector:
    """Feed every edge; call `tick` when `deadline` is reached."""

    def __init__(self, double_s: float, hold_s: float, long_s: float = math.inf) -> None:
        self._double_s = double_s
        self._long_s = long_s
        self._hold_s = hold_s
        self._down_at: float | None = None
        self._up_at: float | None = None
        """When a short press ended that may still become a double one."""
        self._held = self._helped = False

    @property
    def deadline(self) -> float | None:
        """When something will be known even if nothing happens; None: never."""
        if self._down_at is not None:
            if self._helped:
                return None
            return self._down_at + self._hold_s + (HELP_AFTER_S if self._held else 0.0)
        return None if self._up_at is None else self._up_at + self._double_s

    def edge(self, *, down: bool, at: float) -> list[Press]:
        """The button went down or up. An edge that repeats the level it already had says nothing."""
        known = self.tick(at)
        if down and self._down_at is None:
            self._down_at = at
        elif not down and self._down_at is not None:
            known += self._released(at, at - self._down_at)
        return known

    def tick(self, now: float) -> list[Press]:
        """What is known by now."""
        if self.deadline is None or now < self.deadline:
            return []
        self._up_at = None
        if self._down_at is None:
            return [Press.SHORT]
        if self._held:
            self._helped = True
            return [Press.HELP]
        self._held = True
        return [Press.HOLD, *self.tick(now)]

    def _released(self, at: float, down_s: float) -> list[Press]:
        second, held = self._up_at is not None, self._held
        long = not second and not held and down_s >= self._long_s
        self._down_at, self._held, self._helped = None, False, False
        self._up_at = None if second or held or long else at
        if long:
            return [Press.LONG]
        return [Press.DOUBLE] if second and not held else []


_MEDIAN_OF = 5

_MARGIN = 1.1
"""Somebody is gone only beyond the threshold and a tenth."""

_SILENT = 5

_STEADY = {True: 4, False: 8}
"""A change to near or to away is told once the median has said it so many times in a row: after about one and two
seconds. Only whoever opens the session is believed to be there at once. Since when it has been so is told with it, so
no time is lost."""


class PresenceRule:
    """Feed every reading in order."""

    def __init__(self, near_m: float) -> None:
        self._near_m = near_m
        self._recent: deque[float] = deque(maxlen=_MEDIAN_OF)
        self._failures = 0
        self._near: bool | None = None
        self._otherwise = 0
        """How many times in a row the median has said the opposite."""
        self._since = 0.0
        """When it said so first."""

    @property
    def blind(self) -> bool:
        """Two readings in a row failed: the sensor cannot tell at the moment."""
        return self._failures >= 2

    @property
    def silent(self) -> bool:
        """So many readings failed in a row that the sensor, and not a busy machine, is to blame."""
        return self._failures >= _SILENT

    def measured(self, metres: float, at: float) -> Presence | None:
        """A distance, infinite when nothing is in reach, and when it was measured, in seconds."""
        self._failures = 0
        self._recent.append(metres)
        if len(self._recent) < _MEDIAN_OF:
            return None
        near = median(self._recent) <= self._near_m * (_MARGIN if self._near else 1)
        if near is self._near:
            self._otherwise = 0
            return None
        if not self._otherwise:
            self._since = at
        self._otherwise += 1
        steady = 1 if near and self._near is None else _STEADY[near]
        return self._now(Presence(near, self._since)) if self._otherwise >= steady else None

    def failed(self) -> Presence | None:
        """A reading failed. Whoever was taken for gone is taken for present while nobody can tell."""
        self._failures += 1
        if not self.blind:
            return None
        self._recent.clear()
        self._otherwise = 0
        return self._now(Presence(True)) if self._near is False else None

    def _now(self, presence: Presence) -> Presence:
        self._near = presence.near
        self._otherwise = 0
        return presence
