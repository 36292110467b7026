"""The part of the agent that reads containers, as assembled in the agent: roster, poller, real radio, store on disk."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.adapters.bluetooth.lazy_radio import AesCcm, BleakRadio
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.containers.broadcasts import BroadcastDecoder
from befresh_agent.containers.poller import ContainerPoller
from befresh_agent.domain.container import Address
from befresh_agent.domain.events import Event
from befresh_agent.domain.reading import Reading
from befresh_agent.ports.clock import BELIEVED
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.model import ContainerSettings, KafkaSettings
from befresh_agent.storage import readings
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.store import OutboxStore
from befresh_agent.storage.visit_log import VisitLog

from .witness import Witness

# So short a period that somebody is always due: the radio never rests, and a round is twelve visits in a row.
SETTINGS = ContainerSettings(period_s=30, slot_s=15, find_s=5, absent_find_s=3, may_restart=False)
_MANY = 100_000


@dataclass(frozen=True, slots=True)
class Fridge:
    radio: Witness
    roster: ContainerRoster
    poller: ContainerPoller
    events: EventBus
    told: list[Event]
    database: Database

    async def kept(self) -> list[Reading]:
        """All readings on disk; they are taken from there."""
        return (await self.database.run(lambda connection: readings.take(connection, _MANY)))[0]


@contextlib.asynccontextmanager
async def fridge(home: Path) -> AsyncIterator[Fridge]:
    clock, events, told = SystemClock(), EventBus(), list[Event]()
    events.subscribe(told.append)
    async with BleakRadio(SETTINGS) as radio, Database(home / "fridge.db") as database:
        witness, roster = Witness(radio), ContainerRoster(database, clock)
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
        poller = ContainerPoller(
            roster=roster,
            visit_log=VisitLog(database),
            radios={"radio": witness},
            readings=store,
            broadcasts=BroadcastDecoder({}, AesCcm(), events),
            settings=SETTINGS,
            clock=clock,
            events=events,
            devices=DeviceRegistry(events, clock),
            trust=BELIEVED,
        )
        yield Fridge(witness, roster, poller, events, told, database)


@contextlib.asynccontextmanager
async def polling(fridge: Fridge, addresses: list[str]) -> AsyncIterator[None]:
    """The containers are on the roster and visited, until the block ends."""
    for address in addresses:
        await fridge.roster.add(Address(address))
    task = asyncio.create_task(fridge.poller.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def open_sockets() -> int:
    """Of this process."""
    names = []
    for link in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            names.append(str(link.readlink()))
    return sum(name.startswith("socket:") for name in names)
