"""The poller on real bleak: Bluetooth dies, the ladder of remedies brings it back, all in one process."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from befresh_agent.adapters import bluez_bus
from befresh_agent.adapters.aes_ccm import AesCcm
from befresh_agent.adapters.radio_bleak import BleakRadio
from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.containers import lane
from befresh_agent.containers.broadcasts import Broadcasts
from befresh_agent.containers.poller import Poller
from befresh_agent.containers.roster import Roster
from befresh_agent.containers.visit_log import VisitLog
from befresh_agent.database import Database
from befresh_agent.domain import healing
from befresh_agent.domain.events import DeviceChanged, DeviceState, Event, RadioTreated, ReadingTaken
from befresh_agent.domain.healing import Remedy
from befresh_agent.events import Devices, Events
from befresh_agent.outbox.store import Store
from befresh_agent.ports.clock import BELIEVED
from befresh_agent.settings import ContainerSettings, KafkaSettings

from .bluez import Bluez
from .bus import PrivateBus
from .conftest import KIMCHI
from .peripherals import Peripheral
from .service_manager import ServiceManager


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bluez_bus, "_SETTLE_S", 0.05)
    monkeypatch.setattr(healing, "_FAILING_FOR_S", 0.2)
    monkeypatch.setattr(healing, "_PATIENCE_S", 0.2)
    monkeypatch.setattr(lane, "_BACKOFF_FIRST_S", 0.1)


async def test_a_dead_bluetoothd_is_restarted_and_its_containers_read(
    bus: PrivateBus, bluez: Bluez, kimchi: Peripheral, tmp_path: Path
) -> None:
    await bluez.stop()
    manager = ServiceManager(bus.address, {"bluetooth.service": bluez.start})
    await manager.start()
    clock, events, told = SystemClock(), Events(), list[Event]()
    events.listen(told.append)
    async with BleakRadio(ContainerSettings()) as radio, Database(tmp_path / "agent.db") as database:
        roster = Roster(database, clock)
        poller = Poller(
            roster=roster,
            visit_log=VisitLog(database),
            radios={"radio": radio},
            readings=Store(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events),
            broadcasts=Broadcasts({}, AesCcm(), events),
            settings=ContainerSettings(),
            clock=clock,
            events=events,
            devices=Devices(events, clock),
            trust=BELIEVED,
        )
        await roster.add(KIMCHI)
        polling = asyncio.create_task(poller.run())
        async with asyncio.timeout(60):
            while not any(isinstance(event, ReadingTaken) for event in told):
                await asyncio.sleep(0.05)
        polling.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await polling
    await manager.stop()

    treated = [(event.remedy, bool(event.error)) for event in told if isinstance(event, RadioTreated)]
    assert treated == [(Remedy.POWER_CYCLE, True), (Remedy.RESTART, False)]
    assert manager.restarted == [("bluetooth.service", "replace")]
    states = [event.state for event in told if isinstance(event, DeviceChanged)]
    assert states == [DeviceState.LOST, DeviceState.READY]
