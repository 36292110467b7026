"""A machine is restarted for its radio at night alone, once a day, and only where nobody is there."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from befresh_agent.domain.container_events import MachineRestarted
from befresh_agent.domain.events import DeviceState, Event
from befresh_agent.domain.radio_recovery import is_due
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.simulation.world import SimulatedClock
from befresh_agent.status.last_resort import LastResort, Means
from befresh_agent.storage.database import Database

NIGHT = datetime.fromisoformat("2026-11-21T03:00:00+09:00")


@pytest.mark.parametrize(
    ("now", "lost_h", "last_h", "due"),
    [
        (NIGHT, 3, None, True),
        (NIGHT, 3, 21, True),
        (NIGHT, 3, 2, False),
        (NIGHT, 1, None, False),
        (NIGHT + timedelta(hours=9), 30, None, False),
    ],
    ids=["due", "a day later", "just restarted", "just lost", "by day"],
)
def test_when_it_is_due(now: datetime, lost_h: float, last_h: float | None, due: bool) -> None:
    assert is_due(now, lost_h * 3600, None if last_h is None else last_h * 3600) is due


class NightClock(SimulatedClock):
    at = NIGHT

    def now(self) -> datetime:
        return self.at


@pytest.mark.parametrize(("right", "in_use", "restarts"), [(True, False, 1), (False, False, 0), (True, True, 0)])
async def test_it_is_counted_and_told_and_not_done_again(
    tmp_path: Path, right: bool, in_use: bool, restarts: int
) -> None:
    told: list[Event] = []
    done: list[int] = []
    clock, events = NightClock(), EventBus()
    events.subscribe(told.append)
    devices = DeviceRegistry(events, clock)

    async def restart() -> None:
        done.append(1)

    async with Database(tmp_path / "agent.db") as database:
        resort = LastResort(Means(restart, lambda: right, lambda: in_use), devices, database, clock, events)
        devices.report("radio", DeviceState.LOST, "it hears nobody")
        devices.report("camera", DeviceState.LOST, "none is connected")
        await resort.look()
        assert done == []
        clock.at = NIGHT + timedelta(days=1)
        for _ in range(3):
            await resort.look()
    assert len(done) == restarts
    assert [event.times for event in told if isinstance(event, MachineRestarted)] == [1] * restarts
