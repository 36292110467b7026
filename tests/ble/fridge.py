"""The part of the agent that reads containers, on one real bleak radio and a real database."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from befresh_agent.adapters.aes_ccm import AesCcm
from befresh_agent.adapters.radio_bleak import BleakRadio
from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.containers.broadcasts import Broadcasts
from befresh_agent.containers.poller import Poller
from befresh_agent.containers.roster import Roster
from befresh_agent.containers.visit_log import VisitLog
from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.events import Event
from befresh_agent.events import Devices, Events
from befresh_agent.outbox.store import Store
from befresh_agent.ports.clock import BELIEVED
from befresh_agent.settings import ContainerSettings, KafkaSettings

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
    folder: Path, *containers: Address, keys: Mapping[Address, bytes] | None = None
) -> AsyncIterator[Fridge]:
    """These containers are on the roster and read until the block ends."""
    fridge, clock, events, settings = Fridge(), SystemClock(), Events(), ContainerSettings()
    events.listen(fridge.told.append)
    async with BleakRadio(settings) as radio, Database(folder / "agent.db") as database:
        roster = Roster(database, clock)
        poller = Poller(
            roster=roster,
            visit_log=VisitLog(database),
            radios={"radio": radio},
            readings=Store(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events),
            broadcasts=Broadcasts(keys or {}, AesCcm(), events),
            settings=settings,
            clock=clock,
            events=events,
            devices=Devices(events, clock),
            trust=BELIEVED,
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
