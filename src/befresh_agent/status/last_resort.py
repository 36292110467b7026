"""The end of the ladder: where it is allowed, a radio that stays lost gets the whole machine restarted, one night.

In: how the radios are doing. Out: a restart, counted in the database and told.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from befresh_agent.domain import stored
from befresh_agent.domain.container_events import MachineRestarted
from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.radio_recovery import is_due
from befresh_agent.errors import DeviceError
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.storage.database import Database
from befresh_agent.storage.meta_table import read_fact, write_fact

_LOOK_S = 600.0
_LAST, _TIMES = "machine_restarted_at", "machine_restarts"


@dataclass(frozen=True, slots=True)
class Means:
    """What it takes."""

    restart: Callable[[], Awaitable[None]]
    """The machine; raises `DeviceError` where that is not allowed."""
    clock_is_right: Callable[[], bool]
    in_use: Callable[[], bool]
    """Whether a session is open."""


class LastResort:
    """A service of the agent."""

    def __init__(
        self, means: Means, devices: DeviceRegistry, database: Database, clock: Clock, events: EventBus
    ) -> None:
        self._means = means
        self._devices = devices
        self._database = database
        self._clock = clock
        self._events = events

    async def run(self) -> None:
        while True:
            await self._clock.sleep(_LOOK_S)
            await self.look()

    async def look(self) -> None:
        """Restart the machine if that is due."""
        now = self._clock.now()
        lost_s = max((_seconds(since, now) for since in self._lost_radios()), default=0.0)
        if not lost_s or self._means.in_use() or not self._means.clock_is_right():
            return
        last = stored.moment(await self._database.run(lambda connection: read_fact(connection, _LAST)))
        if not is_due(now, lost_s, None if last is None else _seconds(last, now)):
            return
        times = await self._count(now)
        error = ""
        try:
            await self._means.restart()
        except DeviceError as refused:
            error = str(refused)
        self._events.emit(MachineRestarted(times, error))

    async def _count(self, now: datetime) -> int:
        """How often that makes it, on disk before it happens."""
        before = await self._database.run(lambda connection: read_fact(connection, _TIMES))
        times = int(before) + 1 if before.isdecimal() else 1
        await self._database.run(lambda connection: write_fact(connection, _TIMES, str(times)))
        await self._database.run(lambda connection: write_fact(connection, _LAST, now.isoformat()))
        return times

    def _lost_radios(self) -> list[datetime]:
        return [
            since
            for seen, since in self._devices.states()
            if seen.device.startswith("radio") and seen.state is DeviceState.LOST
        ]


def _seconds(since: datetime, now: datetime) -> float:
    return (now - since).total_seconds()
