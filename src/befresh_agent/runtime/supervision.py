"""Keeping services alive: restart or end the process when one crashes, and tell systemd nothing when one hangs.

A vital service that crashes takes the process down, and the service manager restarts it; a restartable one comes back
with backoff. A vital service says how long its next step may take at most. One whose time is up, or that is in no step
at all,
is unwell: the service manager is then told nothing more, and starts the agent again.
"""

import contextlib
import math
import random
import traceback
from collections.abc import Awaitable, Callable, Iterator, Sequence

from befresh_agent.domain.events import ServiceRestarted
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import EventBus


class Supervisor:
    """Runs services; one for the whole agent."""

    def __init__(self, clock: Clock, events: EventBus, rng: random.Random | None = None) -> None:
        self._clock = clock
        self._events = events
        self._rng = rng or random.Random()

    async def restartable(self, name: str, run: Callable[[], Awaitable[None]], backoff: Backoff | None = None) -> None:
        """Run the service again whenever it crashes; a service that lived for a while starts with a short pause."""
        backoff = backoff or Backoff()
        pauses = RetryPauses(backoff, self._rng.random)
        while True:
            started = self._clock.monotonic()
            try:
                await run()
            except Exception as error:  # noqa: BLE001  # the supervised boundary: any crash is told and restarted
                if self._clock.monotonic() - started > backoff.longest_s:
                    pauses.worked()
                pause = pauses.failed()
                trace = "".join(traceback.format_exception(error))
                self._events.emit(ServiceRestarted(name, f"{type(error).__name__}: {error}", pause, trace))
                await self._clock.sleep(pause)
            else:
                return


FOR_EVER = math.inf
"""For waiting until somebody comes."""


class VitalSigns:
    """One for the whole agent; times are real ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._steps: dict[object, tuple[str, float]] = {}

    @contextlib.contextmanager
    def step(self, service: str, seconds: float) -> Iterator[None]:
        """The step inside is over within so many seconds, or the service hangs."""
        step = object()
        self._steps[step] = service, self._clock.monotonic() + seconds
        try:
            yield
        finally:
            del self._steps[step]

    def unhealthy(self, services: Sequence[str]) -> list[str]:
        """Which of the services hang, and which are at no step; whatever else hangs is named too."""
        now = self._clock.monotonic()
        hanging = {name for name, until in self._steps.values() if until < now}
        missing = set(services) - {name for name, _ in self._steps.values()}
        return sorted(hanging | missing)
