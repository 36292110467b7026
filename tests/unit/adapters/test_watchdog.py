"""The watchdog is fed over a real socket while the real services get on, and not when one of them hangs."""

import asyncio
import contextlib
import os
import socket
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.adapters.watchdog import Watchdog, watchdog_s
from befresh_agent.database import Database
from befresh_agent.domain.events import Event, Stalled
from befresh_agent.errors import DeliveryError
from befresh_agent.events import Events
from befresh_agent.outbox import relay as relay_module
from befresh_agent.outbox.batcher import Batcher
from befresh_agent.outbox.relay import Relay
from befresh_agent.outbox.store import Store
from befresh_agent.ports.publisher import Message
from befresh_agent.settings import DeliverySettings, KafkaSettings
from befresh_agent.vitals import Vitals
from tests.unit.outbox.stand_ins import general

LIMIT_S = 0.3


class Broker:
    """Takes messages, until it hangs."""

    where = "the broker"

    def __init__(self) -> None:
        self.hangs = False

    async def publish(self, messages: Sequence[Message]) -> list[DeliveryError | None]:
        if self.hangs:
            await asyncio.Event().wait()
        return [None] * len(messages)

    async def close(self, grace_s: float) -> None:
        pass


@pytest.fixture
def manager(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> socket.socket:
    """The service manager's end of the socket."""
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    listening.bind(str(tmp_path / "notify"))
    listening.setblocking(False)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
    monkeypatch.setenv("WATCHDOG_USEC", str(int(LIMIT_S * 1e6)))
    return listening


def fed(manager: socket.socket) -> int:
    """How often since the last look."""
    count = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            assert manager.recv(100) == b"WATCHDOG=1"
            count += 1
    return count


async def until_fed(manager: socket.socket) -> None:
    async with asyncio.timeout(90):
        while not fed(manager):
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def outbox(folder: Path, broker: Broker, told: list[Event]) -> AsyncIterator[Store]:
    """The real relay and batcher with their watchdog."""
    clock, events = SystemClock(), Events()
    events.listen(told.append)
    vitals = Vitals(clock)
    async with Database(folder / "agent.db", size_mb=4) as database:
        store = Store(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
        settings = DeliverySettings(spread_s=0, backoff_longest_s=0.1)
        relay = Relay(store, broker, settings, clock=clock, events=events, vitals=vitals)
        batcher = Batcher(store, settings, fridge_id=17, clock=clock, events=events, vitals=vitals)
        watchdog = Watchdog(vitals, ["relay", "batcher"], clock, events)
        tasks = [asyncio.create_task(service.run()) for service in (relay, batcher, watchdog)]
        yield store
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_it_is_fed_while_all_get_on_and_starves_when_one_hangs(
    tmp_path: Path, manager: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay_module, "_STEP_S", LIMIT_S)
    monkeypatch.setattr(relay_module, "_LOOK_S", 0.05)
    broker, told = Broker(), list[Event]()
    async with outbox(tmp_path, broker, told) as store:
        await until_fed(manager)
        assert told == []
        broker.hangs = True
        await store.add("session", general())
        await store.settle("session")
        async with asyncio.timeout(90):
            while Stalled("relay") not in told:
                await asyncio.sleep(0.01)
        fed(manager)
        await asyncio.sleep(2 * LIMIT_S)
        assert fed(manager) == 0
    assert told.count(Stalled("relay")) == 1
    manager.close()


async def test_where_nobody_watches_it_ends_at_once() -> None:
    clock = SystemClock()
    async with asyncio.timeout(5):
        await Watchdog(Vitals(clock), ["relay"], clock, Events()).run()


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
