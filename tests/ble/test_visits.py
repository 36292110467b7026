import asyncio
from pathlib import Path

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio, RadioLimits
from befresh_agent.domain.bthome import SERVICE_DATA
from befresh_agent.domain.container import Address
from befresh_agent.domain.layouts import ContainerKind
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioTransient
from befresh_agent.ports.outside import PACKETS
from befresh_agent.settings.model import ContainerSettings
from tests.bthome import plain

from .bluez import Bluez
from .conftest import KIMCHI
from .objects import Refused
from .peripherals import NEVER, UUID, Peripheral

REAL = Measurement(33.95, 37, 1009.83, 537, 101700, 0)
ABORTED = Refused("org.bluez.Error.Failed", "br-connection-canceled")


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def visit(radio: BleakRadio, find_s: float = 5.0, limit_s: float = 30.0) -> Measurement:
    return await radio.visit(KIMCHI, find_s=find_s, limit_s=limit_s)


async def test_a_container_is_read_and_let_go(radio: BleakRadio, kimchi: Peripheral) -> None:
    assert await visit(radio) == REAL
    assert not kimchi.connected
    assert kimchi.calls.count("Connect") == 1


async def test_whoever_is_heard_meanwhile_is_told_once(radio: BleakRadio, kimchi: Peripheral) -> None:
    await visit(radio)

    (sighting,) = radio.sightings()
    assert (sighting.address, sighting.name) == (KIMCHI, "NiclaSenseME-9584")
    assert sighting.signal_dbm in (-60, -61)
    assert radio.sightings() == ()


async def test_an_unknown_container_is_absent(radio: BleakRadio) -> None:
    with pytest.raises(ContainerAbsent, match="not heard within"):
        await visit(radio, find_s=0.2)


async def test_one_that_bluez_knows_but_nobody_hears_is_absent(radio: BleakRadio, kimchi: Peripheral) -> None:
    await visit(radio)
    kimchi.in_air = False

    with pytest.raises(ContainerAbsent):
        await visit(radio, find_s=0.3)


async def test_what_often_works_the_next_time_is_tried_again_at_once(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.connecting.extend([ABORTED, Refused("org.bluez.Error.InProgress", "Operation already in progress")])

    assert await visit(radio) == REAL
    assert kimchi.calls.count("Connect") == 3


async def test_what_never_works_is_given_up(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.connecting.extend([ABORTED] * 10)

    with pytest.raises(RadioTransient, match="br-connection-canceled"):
        await visit(radio)
    assert kimchi.calls.count("Connect") == 4


async def test_an_abort_that_never_connected_does_not_hang(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.connecting.append(Refused("org.bluez.Error.Failed", "le-connection-abort-by-local"))

    with pytest.raises(RadioTransient, match="not done within"):
        await visit(radio, limit_s=1.0)
    assert await visit(radio) == REAL


async def test_a_slow_connection_is_waited_for(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.connecting.append(0.5)

    assert await visit(radio) == REAL


async def test_a_connection_that_hangs_ends_with_the_visit(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.connecting.append(NEVER)

    with pytest.raises(RadioTransient, match="not done within"):
        await visit(radio, limit_s=1.0)
    assert kimchi.calls[-1] == "Disconnect"
    assert await visit(radio) == REAL


async def test_a_link_lost_in_mid_reading_is_tried_again(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.drop_after = 3

    with pytest.raises(RadioTransient):
        await visit(radio)
    assert kimchi.calls.count("Connect") == 4
    kimchi.drop_after = None
    assert await visit(radio) == REAL


async def test_a_value_that_is_refused_is_missing(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.reading[UUID[Quantity.CO2]] = Refused(
        "org.bluez.Error.Failed", "Operation failed with ATT error: 0x80 (Application error)"
    )

    measurement = await visit(radio)

    assert measurement.co2 is None
    assert measurement.temperature == 33.95


async def test_a_read_that_hangs_ends_the_visit_within_its_limit(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.reading[UUID[Quantity.PRESSURE]] = NEVER

    with pytest.raises(RadioTransient):
        await visit(radio, limit_s=2.0)
    assert not kimchi.connected


async def test_a_read_has_a_deadline_of_its_own(kimchi: Peripheral) -> None:
    radio = BleakRadio(ContainerSettings(), limits=RadioLimits(read_s=0.3))
    kimchi.reading[UUID[Quantity.PRESSURE]] = NEVER

    with pytest.raises(RadioTransient, match="reading pressure took too long"):
        await visit(radio, limit_s=40.0)
    assert not kimchi.connected


async def test_a_short_value_is_missing(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.values[UUID[Quantity.TEMPERATURE]] = b"\x00\x00"

    measurement = await visit(radio)

    assert measurement.temperature is None
    assert measurement.humidity == 37


async def test_a_good_reading_survives_a_disconnect_that_hangs(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.disconnecting = NEVER

    assert await visit(radio, limit_s=2.0) == REAL


async def test_a_link_that_a_killed_program_left_is_released(
    radio: BleakRadio, bluez: Bluez, kimchi: Peripheral
) -> None:
    bluez.orphan(kimchi)

    assert await visit(radio) == REAL


async def test_stale_services_are_forgotten_and_found_anew(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.remembered = {"0000aaaa-0000-1000-8000-00805f9b34fb": b""}

    with pytest.raises(RadioTransient, match="none of a container's characteristics"):
        await visit(radio)
    assert await visit(radio) == REAL
    assert kimchi.calls.count("forgotten") == 1


async def test_a_device_of_another_kind_is_forgotten_only_once(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.values = {"0000aaaa-0000-1000-8000-00805f9b34fb": b""}

    for _ in range(3):
        with pytest.raises(RadioTransient, match="none of a container's characteristics"):
            await visit(radio)
    assert kimchi.calls.count("forgotten") == 1


async def test_stopping_in_mid_visit_lets_the_container_go(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.reading[UUID[Quantity.NH3]] = NEVER
    visiting = asyncio.create_task(visit(radio))
    while kimchi.reads < 6:
        await asyncio.sleep(0.01)

    visiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visiting

    assert not kimchi.connected


async def test_visits_wait_for_each_other(radio: BleakRadio, bluez: Bluez) -> None:
    containers = [Peripheral(Address(f"02:00:00:00:00:0{number}")) for number in range(3)]
    for container in containers:
        container.connecting.append(0.05)
    bluez.add(*containers)

    visits = (radio.visit(container.address, find_s=20, limit_s=60) for container in containers)
    assert await asyncio.gather(*visits) == [REAL, REAL, REAL]
    assert bluez.most_at_once == 1


async def test_many_visits_and_failures_leave_nothing_open(kimchi: Peripheral) -> None:
    radio = BleakRadio(ContainerSettings(), limits=RadioLimits(pauses_s=(0.01,)))
    await visit(radio)
    before, tasks = open_files(), len(asyncio.all_tasks())

    for number in range(60):
        kimchi.reads = 0
        kimchi.drop_after = 2 if number % 3 == 0 else None
        if number % 3 == 1:
            kimchi.connecting.append(ABORTED)
        try:
            await visit(radio)
        except RadioTransient:
            assert kimchi.drop_after

    assert open_files() <= before
    assert len(asyncio.all_tasks()) <= tasks


async def test_a_lost_link_that_bluez_calls_an_unlikely_error(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.drop_after = 1
    kimchi.drop_error = Refused("org.bluez.Error.Failed", "Operation failed with ATT error: 0x0e")

    with pytest.raises(RadioTransient, match="Unlikely Error"):
        await visit(radio)


@pytest.mark.parametrize("name", ["org.bluez.Error.NotReady", "org.freedesktop.DBus.Error.AccessDenied"])
async def test_a_radio_that_is_not_ready_is_not_the_containers_fault(
    radio: BleakRadio, bluez: Bluez, kimchi: Peripheral, name: str
) -> None:
    bluez.discovery = Refused(name)

    with pytest.raises(DeviceError) as raised:
        await visit(radio)
    assert not isinstance(raised.value, ContainerAbsent | RadioTransient)


async def test_an_adapter_that_is_off(radio: BleakRadio, bluez: Bluez, kimchi: Peripheral) -> None:
    bluez.powered("hci0", on=False)

    with pytest.raises(DeviceError, match="bluetoothctl show"):
        await visit(radio)

    bluez.powered("hci0", on=True)
    assert await visit(radio) == REAL


async def test_one_that_broadcasts_is_heard_and_not_connected_to(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.name, kimchi.service, kimchi.service_data = "thermometer", SERVICE_DATA, {SERVICE_DATA: plain(4.5, 61)}

    with pytest.raises(ContainerBroadcasts):
        await visit(radio)

    (sighting,) = radio.sightings()
    assert sighting.kind is ContainerKind.BTHOME
    assert sighting.broadcasts == (plain(4.5, 61),)
    assert kimchi.calls == []


async def test_a_flood_of_packets_leaves_the_newest(radio: BleakRadio, kimchi: Peripheral) -> None:
    kimchi.name, kimchi.service = "thermometer", SERVICE_DATA
    said = 0

    async def flood() -> None:
        nonlocal said
        while True:
            said += 1
            kimchi.service_data = {SERVICE_DATA: plain(packet_id=said)}
            await asyncio.sleep(0.005)

    flooding = asyncio.create_task(flood())
    (sighting,) = await radio.listen(1)
    flooding.cancel()

    assert said > 2 * PACKETS
    assert len(sighting.broadcasts) == PACKETS
    assert len(set(sighting.broadcasts)) == PACKETS
