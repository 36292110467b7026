"""The service manager's watchdog: fed while every vital service makes its steps; told of what is unhealthy otherwise.

In: signs of life of the services. Out: `WATCHDOG=1`, and an event for each service that hangs.
"""

import os
from collections.abc import Sequence

from befresh_agent.adapters.system.systemd_notify import notify
from befresh_agent.domain.events import ServiceStalled
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.supervision import VitalSigns

_FEEDS = 3
"""So many in the watchdog's time: a late one is not the end."""


def watchdog_s() -> float | None:
    """How long the service manager waits for a sign of this process; None when it does not watch."""
    mine = os.environ.get("WATCHDOG_PID") in (None, "", str(os.getpid()))
    try:
        return int(os.environ["WATCHDOG_USEC"]) / 1e6 if mine else None
    except (KeyError, ValueError):
        return None


class SystemdWatchdog:
    """A service of the agent; `vital` are the names of those that must be well."""

    def __init__(self, vitals: VitalSigns, vital: Sequence[str], clock: Clock, events: EventBus) -> None:
        self._vitals = vitals
        self._vital = vital
        self._clock = clock
        self._events = events
        self._told: list[str] = []

    async def run(self) -> None:
        """For ever; ends at once when nobody watches."""
        if not (seconds := watchdog_s()):
            return
        while True:
            await self._clock.sleep(seconds / _FEEDS)
            self._look()

    def _look(self) -> None:
        unwell = self._vitals.unhealthy(self._vital)
        if unwell != self._told:
            self._told = unwell
            for service in unwell:
                self._events.emit(ServiceStalled(service))
        if not unwell:
            notify("WATCHDOG=1")
