"""Simulated time: runs faster or slower than real time, and can change its pace while others wait on it."""

import asyncio
import time
from datetime import datetime, timedelta

from befresh_agent.deadline import within


class SimulatedClock:
    """Begins at the time given (else now), and from there on runs `speed` simulated seconds for each real one."""

    def __init__(self, speed: float = 1.0, began: datetime | None = None) -> None:
        self._began = began or datetime.now().astimezone()
        self._real = time.monotonic()
        self._simulated = 0.0
        self._speed = speed
        self._changed = asyncio.Event()

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._simulated, self._real = self.monotonic(), time.monotonic()
        self._speed = speed
        self._changed.set()
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return (self._began + timedelta(seconds=self.monotonic())).astimezone()

    def monotonic(self) -> float:
        return self._simulated + (time.monotonic() - self._real) * self._speed

    async def sleep(self, seconds: float) -> None:
        due = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left := due - self.monotonic()) > 0:
            changed = self._changed
            try:
                async with within(left / self._speed):
                    await changed.wait()
            except TimeoutError:
                pass
