"""One container, or one adapter, is bad in every way there is; the others are read as ever."""

from pathlib import Path

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio, RadioLimits
from befresh_agent.containers import poller
from befresh_agent.containers.poller import RadioPace
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ReadingTaken, VisitFailed
from befresh_agent.domain.events import DeviceChanged, DeviceState
from befresh_agent.errors import ContainerAbsent, DeviceError, RadioTransient
from befresh_agent.settings.model import ContainerSettings

from .bluez import Bluez
from .conftest import KIMCHI
from .fridge import Fridge, polling
from .objects import Refused
from .peripherals import Peripheral

FISH, RICE = Address("FB:89:EB:22:95:85"), Address("FB:89:EB:22:95:86")
OTHER = "DC:A6:32:00:00:02"
ANSWERS = [
    "org.bluez.Error.Failed",
    "org.bluez.Error.NotReady",
    "org.bluez.Error.NotAvailable",
    "org.bluez.Error.NotAuthorized",
    "org.bluez.Error.NotPermitted",
    "org.bluez.Error.NotSupported",
    "org.bluez.Error.AlreadyConnected",
    "org.bluez.Error.AuthenticationFailed",
    "org.bluez.Error.BREDR.ProfileUnavailable",
    "org.bluez.Error.Blocked",
    "org.freedesktop.DBus.Error.AccessDenied",
    "org.freedesktop.DBus.Error.NoReply",
    "org.freedesktop.DBus.Error.ServiceUnknown",
    "org.freedesktop.DBus.Error.UnknownObject",
    "org.freedesktop.DBus.Error.LimitsExceeded",
    "com.example.Error.NeverHeardOf",
]


@pytest.fixture
def others(bluez: Bluez) -> list[Peripheral]:
    others = [Peripheral(FISH), Peripheral(RICE)]
    bluez.add(*others)
    return others


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("where", ["connecting", "reading"])
async def test_whatever_a_container_answers_is_its_own_fault(
    bluez: Bluez, kimchi: Peripheral, radio: BleakRadio, name: str, where: str
) -> None:
    answer = Refused(name, "Blocked through rfkill" if name.endswith("Blocked") else "whatever")
    if where == "connecting":
        kimchi.connecting.extend([answer] * 10)
    else:
        kimchi.reading.update(dict.fromkeys(kimchi.values, answer))
    with pytest.raises((ContainerAbsent, RadioTransient)):
        await radio.visit(KIMCHI, find_s=2, limit_s=10)


@pytest.mark.parametrize("name", [ANSWERS[1], ANSWERS[2], ANSWERS[10], ANSWERS[15]])
async def test_the_others_are_read_while_one_answers_as_if_the_adapter_were_gone(
    bluez: Bluez, kimchi: Peripheral, others: list[Peripheral], tmp_path: Path, name: str
) -> None:
    kimchi.connecting.extend([Refused(name)] * 100)
    async with polling(tmp_path, KIMCHI, FISH, RICE) as fridge:
        await fridge.until(lambda: len(fridge.all(ReadingTaken)) >= 2 and fridge.all(VisitFailed))
    assert {event.reading.address for event in fridge.all(ReadingTaken)} == {FISH, RICE}
    assert {event.address for event in fridge.all(VisitFailed)} == {KIMCHI}
    assert bluez.cures == []
    assert not [event for event in fridge.all(DeviceChanged) if event.state is DeviceState.LOST]


async def test_what_is_wrong_with_the_adapter_stays_the_adapter_s_fault(
    bluez: Bluez, kimchi: Peripheral, radio: BleakRadio
) -> None:
    kimchi.connecting.append(Refused("org.bluez.Error.NotReady"))
    bluez.on_connect = lambda: bluez.powered("hci0", on=False)
    with pytest.raises(DeviceError, match="hci0 is switched off") as raised:
        await radio.visit(KIMCHI, find_s=2, limit_s=10)
    assert not isinstance(raised.value, ContainerAbsent | RadioTransient)


@pytest.mark.parametrize("name", ["hci1", "hci2", "hci17"])
async def test_the_only_adapter_is_taken_whatever_its_number(
    bluez: Bluez, kimchi: Peripheral, radio: BleakRadio, name: str
) -> None:
    bluez.unplug("hci0")
    bluez.plug(name)
    await radio.visit(KIMCHI, find_s=2, limit_s=20)


@pytest.mark.parametrize("name", ["hci0", "hci1", "hci3"])
async def test_an_adapter_is_known_by_its_address(bluez: Bluez, kimchi: Peripheral, name: str) -> None:
    bluez.unplug("hci0")
    bluez.plug("hci9", address=OTHER)
    bluez.plug(name)
    async with BleakRadio(ContainerSettings(adapters=("dc:a6:32:00:00:01",))) as radio:
        await radio.visit(KIMCHI, find_s=2, limit_s=20)
    assert bluez.listened == {name}


async def test_an_adapter_that_is_not_there_is_told_with_those_that_are(bluez: Bluez, kimchi: Peripheral) -> None:
    bluez.plug("hci1", address=OTHER)
    for wanted in ("hci7", "00:00:00:00:00:00"):
        async with BleakRadio(ContainerSettings(adapters=(wanted,))) as radio:
            with pytest.raises(DeviceError, match=rf"hci0 \(.*hci1 \({OTHER}\).*containers.adapters"):
                await radio.visit(KIMCHI, find_s=2, limit_s=20)


async def test_an_adapter_that_moves_while_the_agent_runs_goes_on(
    bluez: Bluez, kimchi: Peripheral, others: list[Peripheral], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(poller, "LOOK_S", 0.1)
    settings = ContainerSettings(period_s=1.5)
    pace, limits = RadioPace(backoff_first_s=0.1), RadioLimits(settle_s=0.05)
    async with polling(tmp_path, KIMCHI, FISH, RICE, pace=pace, limits=limits, settings=settings) as fridge:
        for before, after in (("hci0", "hci1"), ("hci1", "hci2"), ("hci2", "hci0")):
            await three_more(fridge)
            bluez.unplug(before)
            bluez.plug(after)
        await three_more(fridge)


@pytest.mark.parametrize("deaf", ["hci0", "hci1"])
async def test_an_adapter_that_is_deaf_beside_a_good_one_is_found_and_treated(
    bluez: Bluez,
    kimchi: Peripheral,
    others: list[Peripheral],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    deaf: str,
) -> None:
    monkeypatch.setattr(poller, "LOOK_S", 0.1)
    bluez.plug("hci1", address=OTHER)
    bluez.deaf.add(deaf)
    settings = ContainerSettings(adapters=("hci0", "hci1"), period_s=2, find_s=0.3, absent_find_s=0.3)
    pace, limits = RadioPace(listen_s=0.3, sure_after_s=1), RadioLimits(settle_s=0.05)
    async with polling(tmp_path, KIMCHI, FISH, RICE, pace=pace, limits=limits, settings=settings) as fridge:
        await fridge.until(lambda: bluez.cures)
        await three_more(fridge)
        bluez.deaf.clear()
        await fridge.until(lambda: fridge.all(DeviceChanged)[-1].state is DeviceState.READY)
        await three_more(fridge)
    assert {reading.reading.address for reading in fridge.all(ReadingTaken)} == {KIMCHI, FISH, RICE}
    assert {told.device for told in fridge.all(DeviceChanged) if told.state is DeviceState.LOST} == {f"radio {deaf}"}


async def three_more(fridge: Fridge) -> None:
    count = len(fridge.all(ReadingTaken))
    await fridge.until(lambda: len(fridge.all(ReadingTaken)) >= count + 3)


async def test_a_blocked_adapter_is_told_with_the_remedy(bluez: Bluez, kimchi: Peripheral, radio: BleakRadio) -> None:
    bluez.powered("hci0", on=False)
    bluez.blocked("hci0")
    with pytest.raises(DeviceError, match="rfkill unblock"):
        await radio.visit(KIMCHI, find_s=2, limit_s=10)
