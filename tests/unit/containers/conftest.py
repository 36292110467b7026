"""A poller on a real database and a simulated radio, in virtual time."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from itertools import pairwise
from pathlib import Path
from statistics import fmean, quantiles
from typing import Any, TypeVar

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import AesCcm
from befresh_agent.containers.broadcasts import BroadcastDecoder
from befresh_agent.containers.poller import ContainerPoller
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ReadingTaken
from befresh_agent.domain.events import Event
from befresh_agent.domain.reading import BroadcastOrigin, Reading
from befresh_agent.domain.visits import VisitRecord
from befresh_agent.errors import StoreError
from befresh_agent.ports.clock import ClockTrust
from befresh_agent.ports.outside import Radio
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.model import ContainerSettings, KafkaSettings
from befresh_agent.simulation.simulated_radio import SimulatedRadio
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.store import OutboxStore
from befresh_agent.storage.visit_log import VisitLog
from tests.virtual_time import VirtualClock, run_virtually

T = TypeVar("T")
E = TypeVar("E")


def fleet(count: int) -> list[Address]:
    return [Address(f"02:00:00:00:00:{i:02X}") for i in range(count)]


class Disk:
    """The real store, until it is told to be full."""

    def __init__(self, store: OutboxStore) -> None:
        self._store = store
        self.full = False
        self.refused = 0

    async def keep_reading(
        self,
        reading: Reading,
        visited: Sequence[VisitRecord] = (),
        *,
        heard: BroadcastOrigin | None = None,
        beliefs: str | None = None,
    ) -> None:
        if self.full:
            self.refused += 1
            raise StoreError("the disk is full")
        await self._store.keep_reading(reading, visited, heard=heard, beliefs=beliefs)

    async def keep_visits(self, visited: Sequence[VisitRecord]) -> None:
        if self.full:
            raise StoreError("the disk is full")
        await self._store.keep_visits(visited)


class Kitchen:
    """Containers in the air, a roster, and one poller."""

    def __init__(self, database: Database, settings: ContainerSettings) -> None:
        self.broken = False
        self.clock_synced = True
        self.keys: dict[Address, bytes] = {}
        self.told: list[Event] = []
        self.clock = VirtualClock()
        self.began = self.clock.now()
        self.events = EventBus()
        self.events.subscribe(self.told.append)
        self.devices = DeviceRegistry(self.events, self.clock)
        self.database = database
        self.settings = settings
        self.roster = ContainerRoster(database, self.clock)
        self.radio = SimulatedRadio({}, self.clock, seed=1, broken=lambda: self.broken)
        self.radios: dict[str, Radio] = {"radio": self.radio}
        self.store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=self.clock, events=self.events)
        self.disk = Disk(self.store)
        self.poller = self.new_poller()

    def new_poller(self) -> ContainerPoller:
        return ContainerPoller(
            roster=self.roster,
            visit_log=VisitLog(self.database),
            radios=self.radios,
            readings=self.disk,
            broadcasts=BroadcastDecoder(self.keys, AesCcm(), self.events),
            settings=self.settings,
            clock=self.clock,
            events=self.events,
            devices=self.devices,
            trust=ClockTrust(lambda: self.clock_synced, "this boot"),
        )

    def second_radio(self) -> SimulatedRadio:
        """Another adapter that hears the same containers."""
        foods = dict.fromkeys(self.radio.in_the_air, "kimchi")
        other = SimulatedRadio(foods, self.clock, seed=2)
        self.radios = {"radio hci0": self.radio, "radio hci1": other}
        self.poller = self.new_poller()
        return other

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]

    async def join(self, *addresses: Address) -> None:
        for address in addresses:
            self.radio.add(address, "kimchi")
            await self.roster.add(address)

    @contextlib.asynccontextmanager
    async def polling(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.poller.run())
        try:
            yield
            assert not task.done(), "the poller never ends by itself"
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


Figures = tuple[float, float, float]
"""How many readings followed another, and the mean and the slowest twentieth of the seconds between the two."""


def figures(kitchen: Kitchen, *, but: Address | None = None) -> Figures:
    """Of all containers but one."""
    times: dict[Address, list[float]] = {}
    for told in kitchen.all(ReadingTaken):
        times.setdefault(told.reading.address, []).append(told.reading.taken_at.timestamp())
    gaps = [b - a for address, at in times.items() if address != but for a, b in pairwise(at)]
    return float(len(gaps)), fmean(gaps), quantiles(gaps, n=20)[-1]


Play = Callable[[Callable[[Kitchen], Coroutine[Any, Any, None]]], None]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Runs a story about a kitchen in virtual time."""

    def run(story: Callable[[Kitchen], Coroutine[Any, Any, None]]) -> None:
        async def main() -> None:
            async with Database(tmp_path / "agent.db") as database:
                await story(Kitchen(database, ContainerSettings()))

        run_virtually(main())

    return run
