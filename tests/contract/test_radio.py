"""Every radio: the simulated one, and real bleak on a stand-in for BlueZ."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Protocol

import pytest

from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio
from befresh_agent.domain.bthome import SERVICE_DATA
from befresh_agent.domain.container import Address
from befresh_agent.domain.layouts import ContainerKind
from befresh_agent.domain.quantities import Measurement
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioTransient
from befresh_agent.ports.outside import Radio
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.simulation.simulated_radio import SimulatedRadio
from befresh_agent.simulation.world import SimulatedClock
from tests import bthome
from tests.ble.bluez import Bluez
from tests.ble.bus import PrivateBus
from tests.ble.peripherals import Peripheral

KIMCHI, FISH, NOBODY = Address("FB:89:EB:22:95:84"), Address("02:00:00:00:00:02"), Address("02:00:00:00:00:99")
SHELLY = Address("54:48:E6:8F:80:A5")
SPEED = 200.0
"""Simulated seconds in a real one."""


class Air(Protocol):
    """Kimchi and fish are in the air of a radio that can be spoilt."""

    @property
    def radio(self) -> Radio: ...

    def carry(self, address: Address, *, away: bool) -> None: ...

    def switch(self, *, on: bool) -> None: ...

    def connections_take(self, real_s: float) -> None: ...

    def broadcast(self, address: Address, packet: bytes) -> None: ...


class SimulatedAir:
    def __init__(self) -> None:
        self._on = True
        clock = SimulatedClock(SPEED)
        self.radio = SimulatedRadio({KIMCHI: "kimchi", FISH: "fish"}, clock, seed=1, broken=lambda: not self._on)

    def carry(self, address: Address, *, away: bool) -> None:
        (self.radio.away if away else self.radio.back)(address)

    def switch(self, *, on: bool) -> None:
        self._on = on

    def connections_take(self, real_s: float) -> None:
        """As long as in the field test, anyway."""

    def broadcast(self, address: Address, packet: bytes) -> None:
        self.radio.add_broadcaster(address, lambda: packet)


class BluezAir:
    def __init__(self, radio: BleakRadio, bluez: Bluez) -> None:
        self.radio = radio
        self._bluez = bluez
        bluez.add(Peripheral(KIMCHI), Peripheral(FISH))

    def carry(self, address: Address, *, away: bool) -> None:
        self._bluez.peripherals[address].in_air = not away

    def switch(self, *, on: bool) -> None:
        self._bluez.powered("hci0", on=on)

    def connections_take(self, real_s: float) -> None:
        for peripheral in self._bluez.peripherals.values():
            peripheral.connecting.clear()
            peripheral.connecting.extend([real_s] * 3)

    def broadcast(self, address: Address, packet: bytes) -> None:
        sensor = Peripheral(address, service=SERVICE_DATA, service_data={SERVICE_DATA: packet}, name="thermometer")
        self._bluez.add(sensor)


@asynccontextmanager
async def simulated(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Air]:
    air = SimulatedAir()
    async with air.radio:
        yield air


@asynccontextmanager
async def on_bluez(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Air]:
    bus = PrivateBus(home)
    bus.start()
    bluez = Bluez(bus.address)
    try:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", bus.address)
        await bluez.start()
        async with BleakRadio(ContainerSettings()) as radio:
            yield BluezAir(radio, bluez)
    finally:
        await bluez.stop()
        bus.stop()


Open = Callable[[Path, pytest.MonkeyPatch], AbstractAsyncContextManager[Air]]


@pytest.fixture(params=[simulated, on_bluez], ids=["simulated", "bluez"])
async def air(request: pytest.FixtureRequest, home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Air]:
    opened: Open = request.param
    async with opened(home, monkeypatch) as air:
        yield air


async def visit(air: Air, address: Address = KIMCHI, *, find_s: float = 5, limit_s: float = 60) -> Measurement:
    return await air.radio.visit(address, find_s=find_s, limit_s=limit_s)


def plain(error: DeviceError) -> bool:
    """The radio itself is concerned, not a container."""
    return not isinstance(error, ContainerAbsent | RadioTransient)


async def test_a_visit_brings_every_value(air: Air) -> None:
    measurement = await visit(air)

    assert None not in (measurement.temperature, measurement.humidity, measurement.pressure)
    assert None not in (measurement.co2, measurement.gas, measurement.nh3)


@pytest.mark.parametrize("address", [NOBODY, KIMCHI])
async def test_whoever_is_not_there_is_absent(air: Air, address: Address) -> None:
    air.carry(KIMCHI, away=True)

    with pytest.raises(ContainerAbsent):
        await visit(air, address, find_s=0.5)


async def test_whoever_comes_back_is_read(air: Air) -> None:
    air.carry(KIMCHI, away=True)
    with pytest.raises(ContainerAbsent):
        await visit(air, find_s=0.5)
    air.carry(KIMCHI, away=False)

    assert (await visit(air)).temperature is not None


async def test_a_visit_that_takes_too_long_is_worth_another(air: Air) -> None:
    air.connections_take(5)
    with pytest.raises(RadioTransient):
        await visit(air, find_s=0.5, limit_s=1)
    air.connections_take(0)

    assert (await visit(air)).temperature is not None


async def test_a_radio_that_is_off_is_no_containers_fault(air: Air) -> None:
    air.switch(on=False)
    with pytest.raises(DeviceError) as visiting:
        await visit(air)
    with pytest.raises(DeviceError) as listening:
        await air.radio.listen(0.5)
    assert plain(visiting.value)
    assert plain(listening.value)

    air.switch(on=True)
    assert (await visit(air)).temperature is not None


async def test_visits_at_once_come_one_after_the_other(air: Air) -> None:
    values = await asyncio.gather(visit(air, KIMCHI), visit(air, FISH), air.radio.listen(1), visit(air, KIMCHI))

    assert len(values) == 4


async def test_who_was_heard_in_a_visit_is_told_once(air: Air) -> None:
    assert air.radio.sightings() == ()
    await visit(air)

    heard = {sighting.address: sighting for sighting in air.radio.sightings()}

    assert heard[KIMCHI].name == "NiclaSenseME-9584"
    assert (heard[KIMCHI].signal_dbm or 0) < 0
    assert air.radio.sightings() == ()


async def test_listening_hears_everybody_who_is_there(air: Air) -> None:
    both = await air.radio.listen(1)
    air.carry(FISH, away=True)
    one = await air.radio.listen(1)

    assert {sighting.address for sighting in both} == {KIMCHI, FISH}
    assert {sighting.kind for sighting in both} == {ContainerKind.NICLA}
    assert {sighting.address for sighting in one} == {KIMCHI}
    assert air.radio.sightings() == (), "only visits are told of here"


async def test_who_broadcasts_needs_no_visit_and_is_told_with_its_packet(air: Air) -> None:
    air.broadcast(SHELLY, bthome.plain())
    with pytest.raises(ContainerBroadcasts):
        await visit(air, SHELLY)

    for heard in (air.radio.sightings(), await air.radio.listen(1)):
        (shelly,) = (sighting for sighting in heard if sighting.address == SHELLY)
        assert (shelly.kind, shelly.broadcasts) == (ContainerKind.BTHOME, (bthome.plain(),))
        assert all(not other.broadcasts for other in heard if other.address != SHELLY)


async def test_a_visit_that_is_cancelled_leaves_a_radio_that_works(air: Air) -> None:
    air.connections_take(5)
    visiting = asyncio.create_task(visit(air))
    await asyncio.sleep(0.005)
    visiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await visiting
    air.connections_take(0)

    assert (await visit(air)).temperature is not None
