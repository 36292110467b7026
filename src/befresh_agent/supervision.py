"""Keeping services alive: a vital one takes the process down with it, a restartable one comes back with backoff.

Both are honest ways out of a crash: the service manager restarts the process, or the service starts again here.
"""

import random
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from befresh_agent.domain.events import Restarted
from befresh_agent.domain.pacing import full_jitter
from befresh_agent.events import Events
from befresh_agent.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Backoff:
    """Full-jitter pauses: uniformly random up to a ceiling that doubles with every failure in a row."""

    first_s: float = 1.0
    longest_s: float = 60.0

    def pause(self, failures: int, rng: random.Random) -> float:
        """Seconds to wait after so many failures in a row (1 for the first)."""
        return full_jitter(failures, self.first_s, self.longest_s, rng.random())


class Supervisor:
    """Runs services; one for the whole agent."""

    def __init__(self, clock: Clock, events: Events, rng: random.Random | None = None) -> None:
        self._clock = clock
        self._events = events
        self._rng = rng or random.Random()

    async def restartable(self, name: str, run: Callable[[], Awaitable[None]], backoff: Backoff | None = None) -> None:
        """Run the service again whenever it crashes; a service that lived for a while starts with a short pause."""
        backoff = backoff or Backoff()
        failures = 0
        while True:
            started = self._clock.monotonic()
            try:
                await run()
            except Exception as error:  # noqa: BLE001  # the supervised boundary: any crash is told and restarted
                failures = 1 if self._clock.monotonic() - started > backoff.longest_s else failures + 1
                pause = backoff.pause(failures, self._rng)
                trace = "".join(traceback.format_exception(error))
                self._events.tell(Restarted(name, f"{type(error).__name__}: {error}", pause, trace))
                await self._clock.sleep(pause)
            else:
                return
