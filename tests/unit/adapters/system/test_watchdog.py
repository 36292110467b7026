"""The watchdog is fed over a real socket while the real services get on, and not when one of them hangs."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.adapters.system.systemd_watchdog import SystemdWatchdog, watchdog_s
from befresh_agent.delivery.batcher import ReadingBatcher
from befresh_agent.delivery.relay import DeliveryRelay
from befresh_agent.domain.events import Event, ServiceStalled
from befresh_agent.errors import DeliveryError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.supervision import VitalSigns
from befresh_agent.settings.model import DeliverySettings, KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import general
from tests.virtual_time import VirtualClock, run_virtually

LIMIT_S = 30


class Broker(contextlib.AbstractAsyncContextManager[object]):
    """Takes messages, until it hangs."""

    name = "kafka"
    where = "the broker"

    def __init__(self) -> None:
        self.hangs = False

    async def publish(self, messages: Sequence[OutgoingMessage]) -> list[DeliveryError | None]:
        if self.hangs:
            await asyncio.Event().wait()
        return [None] * len(messages)

    async def __aexit__(self, *_error: object) -> None:
        """Nothing is open."""

    async def close(self, grace_s: float) -> None:
        pass


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    """The service manager's end of the socket."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "notify"))
    listening.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(LIMIT_S * 1_000_000))
    return listening


def fed(manager: socket.socket) -> int:
    """How often since the last look."""
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            assert manager.recv(100) == b"WATCHDOG=1"
            count += 1
    return count


@contextlib.asynccontextmanager
async def outbox(folder: Path, broker: Broker, clock: Clock, told: list[Event]) -> AsyncIterator[OutboxStore]:
    """The real relay and batcher with their watchdog."""
    events = EventBus()
    events.subscribe(told.append)
    vitals = VitalSigns(clock)
    async with Database(folder / "agent.db", size_mb=4) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
        settings = DeliverySettings(spread_s=0)
        relay = DeliveryRelay(store, broker, settings, clock=clock, events=events, vitals=vitals)
        batcher = ReadingBatcher(store, settings, fridge_id=17, clock=clock, events=events, vitals=vitals)
        watchdog = SystemdWatchdog(vitals, ["relay", "batcher"], clock, events)
        tasks = [asyncio.create_task(service.run()) for service in (relay, batcher, watchdog)]
        yield store
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def test_it_is_fed_while_all_get_on_and_starves_when_one_hangs(tmp_path: Path, manager: socket.socket) -> None:
    async def story() -> None:
        clock, broker, told = VirtualClock(), Broker(), list[Event]()
        async with outbox(tmp_path, broker, clock, told) as store:
            for _ in range(20):
                await clock.sleep(LIMIT_S)
                assert fed(manager) in (2, 3, 4)
            assert told == []
            broker.hangs = True
            await store.add("session", general())
            await store.settle("session")
            for _ in range(100):
                await clock.sleep(LIMIT_S)
                count = fed(manager)
            assert count == 0
        assert told.count(ServiceStalled("relay")) == 1

    run_virtually(story())
    manager.close()


class Shifts(SystemClock):
    """Each sleep is noted and is over at once; in the next look these services are at work. After the last it ends."""

    def __init__(self, *at_work: Sequence[str]) -> None:
        self.vitals = VitalSigns(self)
        self.slept: list[float] = []
        self._shifts = iter(at_work)
        self._steps = contextlib.ExitStack()

    async def sleep(self, seconds: float) -> None:
        self._steps.close()
        for service in next(self._shifts):
            self._steps.enter_context(self.vitals.step(service, 60))
        self.slept.append(seconds)

    async def watched(self, vital: Sequence[str]) -> list[Event]:
        """What the watchdog told in these shifts."""
        told, events = list[Event](), EventBus()
        events.subscribe(told.append)
        with contextlib.suppress(RuntimeError):  # no further shift
            await SystemdWatchdog(self.vitals, vital, self, events).run()
        return told


async def test_it_is_fed_three_times_in_what_the_manager_waits(manager: socket.socket) -> None:
    shifts = Shifts(*[["relay"]] * 6)
    assert await shifts.watched(["relay"]) == []
    assert shifts.slept == [10] * 6
    assert fed(manager) == 6
    manager.close()


async def test_whoever_hangs_is_told_once_each_time_and_fed_for_when_it_recovers(manager: socket.socket) -> None:
    both = ["relay", "batcher"]
    assert await Shifts(["relay"], ["relay"], both, ["batcher"], []).watched(both) == [
        ServiceStalled("batcher"),
        ServiceStalled("relay"),
        ServiceStalled("batcher"),
        ServiceStalled("relay"),
    ]
    assert fed(manager) == 1
    manager.close()


async def test_where_nobody_watches_it_ends_at_once() -> None:
    shifts = Shifts()
    assert await shifts.watched(["relay"]) == []
    assert shifts.slept == []


@pytest.mark.parametrize(
    ("environment", "seconds"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": str(os.getpid())}, 30),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
    ],
)
def test_the_manager_says_how_long_it_waits(
    environment: dict[str, str], seconds: float | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert watchdog_s() == seconds
