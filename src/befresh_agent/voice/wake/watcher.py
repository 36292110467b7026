"""Voice stage, voice process: keeps a wake-word detector, whatever happens to it.

In: frames. Out: the news that the wake phrase was heard. A detector that cannot be made (no network for the
activation of a key, a missing file) is tried again with growing pauses; everything else works meanwhile.
"""

import asyncio
import random
from collections.abc import Callable

from befresh_agent.domain.pacing import full_jitter
from befresh_agent.errors import DeviceError
from befresh_agent.ports.clock import Clock
from befresh_agent.voice.ear import News
from befresh_agent.voice.wake.detector import WakeDetector

_AGAIN_FIRST_S, _AGAIN_LONGEST_S = 5.0, 600.0


class WakeWatcher:
    """`make` blocks, and is None when nobody shall listen for the wake phrase."""

    def __init__(self, make: Callable[[], WakeDetector] | None, clock: Clock, news: News) -> None:
        self._make = make
        self._clock = clock
        self._news = news
        self._detector: WakeDetector | None = None
        self._gave_up = asyncio.Event()

    async def run(self) -> None:
        failures = 0
        while self._make is not None:
            try:
                self._detector = await asyncio.to_thread(self._make)
            except DeviceError as error:
                failures += 1
                self._news.wake(str(error))
                await self._clock.sleep(full_jitter(failures, _AGAIN_FIRST_S, _AGAIN_LONGEST_S, random.random()))
            else:
                failures = 0
                self._news.wake(None)
                await self._gave_up.wait()
                self._gave_up.clear()

    def hear(self, frame: bytes) -> None:
        if self._detector is None:
            return
        try:
            if self._detector.heard(frame):
                self._news.woke()
        except DeviceError as error:
            self._detector = None
            self._gave_up.set()
            self._news.wake(str(error))
