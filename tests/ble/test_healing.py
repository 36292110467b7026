"""The remedies on the bus, as BlueZ and the service manager see them."""

import asyncio

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio, RadioLimits
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.errors import ContainerAbsent, DeviceError
from befresh_agent.settings.model import ContainerSettings

from .bluez import Bluez
from .bus import PrivateBus
from .conftest import KIMCHI
from .objects import Refused
from .peripherals import Peripheral
from .service_manager import ServiceManager


@pytest.fixture
def limits() -> RadioLimits:
    return RadioLimits(settle_s=0.05)


async def test_a_power_cycle_switches_off_and_on(radio: BleakRadio, bluez: Bluez, kimchi: Peripheral) -> None:
    bluez.powered("hci0", on=False)

    await radio.heal(RecoveryAction.POWER_CYCLE)

    assert bluez.cures == ["hci0 off", "hci0 on"]
    assert (await radio.visit(KIMCHI, find_s=3, limit_s=20)).humidity == 37


async def test_an_adapter_that_is_gone_cannot_be_switched(radio: BleakRadio, bluez: Bluez) -> None:
    bluez.unplug("hci0")

    with pytest.raises(DeviceError):
        await radio.heal(RecoveryAction.POWER_CYCLE)


async def test_the_driver_is_reloaded_by_the_service_that_may(radio: BleakRadio, bus: PrivateBus) -> None:
    async def reloaded() -> None:
        """The kernel does that."""

    async with ServiceManager(bus.address, {"befresh-agent-radio.service": reloaded}) as manager:
        await radio.heal(RecoveryAction.RELOAD)
    assert manager.restarted == [("befresh-agent-radio.service", "replace")]


async def test_the_bluetooth_service_is_restarted(
    radio: BleakRadio, bus: PrivateBus, bluez: Bluez, kimchi: Peripheral
) -> None:
    await bluez.stop()
    async with ServiceManager(bus.address, {"bluetooth.service": bluez.start}) as manager:
        with pytest.raises(DeviceError):
            await radio.visit(KIMCHI, find_s=1, limit_s=20)

        await radio.heal(RecoveryAction.RESTART)

        assert manager.restarted == [("bluetooth.service", "replace")]
        assert (await radio.visit(KIMCHI, find_s=3, limit_s=20)).humidity == 37


@pytest.mark.parametrize(
    "refusal",
    [
        Refused("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired", "Interactive authentication required."),
        Refused("org.freedesktop.DBus.Error.AccessDenied", "Access denied"),
        Refused("org.freedesktop.systemd1.NoSuchUnit", "Unit bluetooth.service not found."),
    ],
    ids=["polkit asks", "denied", "no such unit"],
)
async def test_a_restart_that_is_not_allowed_is_told(
    refusal: Refused, radio: BleakRadio, bus: PrivateBus, bluez: Bluez, kimchi: Peripheral
) -> None:
    async with ServiceManager(bus.address, {}, refusal=refusal) as manager:
        with pytest.raises(DeviceError) as raised:
            await radio.heal(RecoveryAction.RESTART)

        assert refusal.text.rstrip(".") in str(raised.value)
        assert manager.restarted == []
        assert (await radio.visit(KIMCHI, find_s=3, limit_s=20)).humidity == 37


async def test_a_service_manager_that_never_answers_is_given_up(bus: PrivateBus, bluez: Bluez) -> None:
    radio = BleakRadio(ContainerSettings(), limits=RadioLimits(heal_s=0.3))
    async with radio, ServiceManager(bus.address, {"bluetooth.service": asyncio.Event().wait}):
        with pytest.raises(DeviceError):
            await radio.heal(RecoveryAction.RESTART)


async def test_without_a_service_manager_nothing_is_restarted(radio: BleakRadio, bluez: Bluez) -> None:
    with pytest.raises(DeviceError):
        await radio.heal(RecoveryAction.RESTART)


async def test_two_adapters_each_hear_for_themselves(bluez: Bluez, kimchi: Peripheral) -> None:
    bluez.plug("hci1")
    bluez.deaf.add("hci0")
    settings = ContainerSettings(adapters=("hci0", "hci1"))

    async with BleakRadio(settings) as first, BleakRadio(settings, "hci1") as second:
        with pytest.raises(ContainerAbsent):
            await first.visit(KIMCHI, find_s=0.3, limit_s=20)
        assert (await second.visit(KIMCHI, find_s=3, limit_s=20)).humidity == 37
