"""When to send and when to try again: pure rules that keep a hundred thousand fridges from acting as one."""

import random
from collections.abc import Callable
from dataclasses import dataclass

_WORD = 2**64 - 1
_GOLDEN = 0x9E37_79B9_7F4A_7C15
"""The golden ratio's fraction as a 64-bit word."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Random pauses up to a ceiling that doubles with every failure in a row."""

    first_s: float = 1.0
    longest_s: float = 60.0
    least: float = 0.0
    """Share of the ceiling: 0 (full jitter) where many act at once, more where a device of our own needs its rest."""

    def pause(self, failures: int, chance: float) -> float:
        """Seconds to wait after so many failures in a row (1 for the first); `chance` is in 0..1."""
        ceiling = min(self.longest_s, self.first_s * 2.0 ** min(max(failures, 1) - 1, 32))
        return ceiling * (self.least + (1 - self.least) * chance)


class RetryPauses:
    """Counts the failures of one thing that is tried again and again."""

    def __init__(self, backoff: Backoff, chance: Callable[[], float] = random.random) -> None:
        self._backoff = backoff
        self._chance = chance
        self.failures = 0
        """In a row."""

    def failed(self) -> float:
        """It failed once more: seconds to wait now."""
        self.failures += 1
        return self._backoff.pause(self.failures, self._chance())

    def worked(self) -> None:
        """The next failure is the first again."""
        self.failures = 0


def phase_of(fridge_id: int, interval_s: float) -> float:
    """Where in the interval this fridge sends: the same after every restart.

    Multiples of the golden ratio: fridges numbered one after the other spread more evenly than by chance.
    """
    return (fridge_id * _GOLDEN & _WORD) / (_WORD + 1) * interval_s


def until_due(now_s: float, phase_s: float, interval_s: float, *, after_sending: bool) -> float:
    """Seconds until the fridge's next turn, from the wall clock's seconds.

    Right after sending it lies half an interval to one and a half away: a clock that jumped or drifted moves the
    turn, but never makes two in a row nor lets one fall out.
    """
    wait = (phase_s - now_s) % interval_s or interval_s
    return wait + interval_s if after_sending and wait < interval_s / 2 else wait
