"""The part of the agent that reads containers, on one real bleak radio and a real database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from befresh_agent.adapters.bluetooth.lazy_radio import AesCcm, BleakRadio, RadioLimits
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.containers.broadcasts import BroadcastDecoder
from befresh_agent.containers.poller import ContainerPoller, RadioPace
from befresh_agent.domain.container import Address
from befresh_agent.domain.events import Event
from befresh_agent.ports.clock import BELIEVED
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.model import ContainerSettings, KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.store import OutboxStore
from befresh_agent.storage.visit_log import VisitLog

E = TypeVar("E")


@dataclass
class Fridge:
    told: list[Event] = field(default_factory=list)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(60):
            while not condition():
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def polling(
    folder: Path,
    *containers: Address,
    keys: Mapping[Address, bytes] | None = None,
    pace: RadioPace | None = None,
    limits: RadioLimits | None = None,
    settings: ContainerSettings | None = None,
) -> AsyncIterator[Fridge]:
    """These containers are on the roster and read until the block ends."""
    fridge, clock, events, settings = Fridge(), SystemClock(), EventBus(), settings or ContainerSettings()
    events.subscribe(fridge.told.append)
    radios = {f"radio {name}": BleakRadio(settings, name, limits=limits) for name in settings.adapters}
    async with contextlib.AsyncExitStack() as entered:
        for radio in radios.values():
            await entered.enter_async_context(radio)
        database = await entered.enter_async_context(Database(folder / "agent.db"))
        roster = ContainerRoster(database, clock)
        poller = ContainerPoller(
            roster=roster,
            visit_log=VisitLog(database),
            radios=radios,
            readings=OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events),
            broadcasts=BroadcastDecoder(keys or {}, AesCcm(), events),
            settings=settings,
            clock=clock,
            events=events,
            devices=DeviceRegistry(events, clock),
            trust=BELIEVED,
            pace=pace,
        )
        for address in containers:
            await roster.add(address)
        task = asyncio.create_task(poller.run())
        try:
            yield fridge
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
