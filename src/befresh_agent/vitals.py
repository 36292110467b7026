"""Signs of life of the vital services: each says how long its next step may take at most.

A service is well while it is inside a step whose time is not up. One that hangs, or that is in no step at all, is not:
the service manager is then told nothing more, and starts the agent again.
"""

import contextlib
import math
from collections.abc import Iterator, Sequence

from befresh_agent.ports.clock import Clock

FOR_EVER = math.inf
"""For waiting until somebody comes."""


class Vitals:
    """One for the whole agent; times are real ones."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._steps: dict[object, tuple[str, float]] = {}

    @contextlib.contextmanager
    def within(self, service: str, seconds: float) -> Iterator[None]:
        """The step inside is over within so many seconds, or the service hangs."""
        step = object()
        self._steps[step] = service, self._clock.monotonic() + seconds
        try:
            yield
        finally:
            del self._steps[step]

    def unwell(self, services: Sequence[str]) -> list[str]:
        """Which of the services hang, and which are at no step; whatever else hangs is named too."""
        now = self._clock.monotonic()
        hanging = {name for name, until in self._steps.values() if until < now}
        missing = set(services) - {name for name, _ in self._steps.values()}
        return sorted(hanging | missing)
