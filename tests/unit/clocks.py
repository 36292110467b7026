"""A clock that stands still unless somebody turns it or sleeps."""

import asyncio
from datetime import datetime


class HandClock:
    """Turned by hand; whoever sleeps turns it on and lets the others get a turn."""

    def __init__(self, time: float = 100.0) -> None:
        self.time = time

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.time).astimezone()

    def monotonic(self) -> float:
        return self.time

    async def sleep(self, seconds: float) -> None:
        self.time += seconds
        await asyncio.sleep(0)
