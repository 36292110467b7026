"""Time as a port: stages never call time.time() or asyncio.sleep()."""

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
