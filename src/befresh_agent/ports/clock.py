"""Time as a port: stages never call time.time() or asyncio.sleep()."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time, monotonic time and waiting."""

    def now(self) -> datetime:
        """The fridge's local wall clock, aware of its zone."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps."""

    async def sleep(self, seconds: float) -> None:
        """Wait that long on this clock; at once for zero and less."""


@dataclass(frozen=True, slots=True)
class ClockTrust:
    """How far the wall clock can be believed."""

    synced: Callable[[], bool] = lambda: True
    """Whether it is known to be right."""
    boot: str = ""
    """Which run of the machine the monotonic clock counts in; empty where that is not known."""


BELIEVED = ClockTrust()
"""A clock that is always right."""
