"""The poller on real bleak: Bluetooth dies, the ladder of remedies brings it back, all in one process."""

from pathlib import Path

from befresh_agent.adapters.bluetooth.lazy_radio import RadioLimits
from befresh_agent.containers.poller import RadioPace
from befresh_agent.domain.container_events import RadioRecovered, ReadingTaken
from befresh_agent.domain.events import DeviceChanged, DeviceState
from befresh_agent.domain.radio_recovery import RecoveryAction

from .bluez import Bluez
from .bus import PrivateBus
from .conftest import KIMCHI
from .fridge import polling
from .peripherals import Peripheral
from .service_manager import ServiceManager

QUICK = RadioPace(failing_for_s=0.2, patience_s=0.2, backoff_first_s=0.1)


async def test_a_dead_bluetoothd_is_restarted_and_its_containers_read(
    bus: PrivateBus, bluez: Bluez, kimchi: Peripheral, tmp_path: Path
) -> None:
    await bluez.stop()
    systemd = ServiceManager(bus.address, {"bluetooth.service": bluez.start})
    async with systemd, polling(tmp_path, KIMCHI, pace=QUICK, limits=RadioLimits(settle_s=0.05)) as fridge:
        await fridge.until(lambda: fridge.all(ReadingTaken) and len(fridge.all(DeviceChanged)) > 1)

    treated = [(event.remedy, bool(event.error)) for event in fridge.all(RadioRecovered)]
    assert treated == [(RecoveryAction.POWER_CYCLE, True), (RecoveryAction.RESTART, False)]
    assert systemd.restarted == [("bluetooth.service", "replace")]
    assert [event.state for event in fridge.all(DeviceChanged)] == [DeviceState.LOST, DeviceState.READY]
