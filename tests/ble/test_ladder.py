"""The poller on real bleak: Bluetooth dies, the ladder of remedies brings it back, all in one process."""

from pathlib import Path

import pytest

from befresh_agent.adapters import bluez_bus
from befresh_agent.containers import lane
from befresh_agent.domain import healing
from befresh_agent.domain.events import DeviceChanged, DeviceState, RadioTreated, ReadingTaken
from befresh_agent.domain.healing import Remedy

from .bluez import Bluez
from .bus import PrivateBus
from .conftest import KIMCHI
from .fridge import polling
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
    systemd = ServiceManager(bus.address, {"bluetooth.service": bluez.start})
    async with systemd, polling(tmp_path, KIMCHI) as fridge:
        await fridge.until(lambda: fridge.all(ReadingTaken) and len(fridge.all(DeviceChanged)) > 1)

    treated = [(event.remedy, bool(event.error)) for event in fridge.all(RadioTreated)]
    assert treated == [(Remedy.POWER_CYCLE, True), (Remedy.RESTART, False)]
    assert systemd.restarted == [("bluetooth.service", "replace")]
    assert [event.state for event in fridge.all(DeviceChanged)] == [DeviceState.LOST, DeviceState.READY]
