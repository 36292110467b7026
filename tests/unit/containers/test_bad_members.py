"""One container, or one of two radios, is bad in every way there is: the others are read as often as ever.

Eight hours of virtual time each.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from itertools import pairwise
from math import inf
from pathlib import Path
from statistics import fmean, quantiles
from typing import Any

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ContainerFound, ContainerLost, RadioRecovered, ReadingTaken
from befresh_agent.domain.events import DeviceChanged, DeviceState
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.errors import ContainerAbsent, ContainerBroadcasts, DeviceError, RadioTransient
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.simulation.simulated_radio import RadioFault, SimulatedRadio
from befresh_agent.storage.database import Database
from tests.bthome import plain
from tests.virtual_time import run_virtually

from .conftest import Kitchen, fleet
from .unkind_adapter import BluetoothService, UnkindAdapter

pytestmark = pytest.mark.slow

HOURS = 8
BAD = fleet(1)[0]
Figures = tuple[float, float, float]
"""Readings of everybody but the bad one, and the mean and the slowest twentieth of the seconds between two."""


class MixedRadio(SimulatedRadio):
    """One container answers as told."""

    after_s: float = 0
    answer: DeviceError | Measurement | None = None

    async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
        if address != BAD or self.answer is None:
            return await super().visit(address, find_s=find_s, limit_s=limit_s)
        async with self._busy:
            self._listen(address)
            await self._clock.sleep(min(self.after_s, limit_s))
        if isinstance(self.answer, DeviceError):
            raise self.answer
        return self.answer


def answering(after_s: float, answer: DeviceError | Measurement) -> Callable[[Kitchen, MixedRadio], None]:
    def change(_: Kitchen, radio: MixedRadio) -> None:
        radio.after_s, radio.answer = after_s, answer

    return change


def garbage(kitchen: Kitchen, _: MixedRadio) -> None:
    kitchen.radio.add_broadcaster(BAD, lambda: plain(int(kitchen.clock.monotonic()) % 256)[:3])


CONTAINER_FAULTS: dict[str, Callable[[Kitchen, MixedRadio], None]] = {
    "carried away": lambda kitchen, radio: radio.away(BAD),
    "not heard": answering(10, ContainerAbsent("not heard")),
    "refusing at once": answering(0.2, RadioTransient("refused")),
    "refusing after the whole slot": answering(60, RadioTransient("took too long")),
    "broadcasting, or so it says": answering(1, ContainerBroadcasts("broadcasts")),
    "telling nothing": answering(3, Measurement()),
    "telling zeros": answering(3, Measurement(0.0, 0, 0.0, 0, 0, 0)),
    "telling the impossible": answering(3, Measurement(-300.0, 200, -5.0, 2**32 - 1, 2**32 - 1, 2**32 - 1)),
    "broadcasting garbage": garbage,
}


def eight_hours(
    path: Path, count: int, change: Callable[[Kitchen, MixedRadio], None] | None
) -> tuple[Figures, Kitchen]:
    async def main() -> tuple[Figures, Kitchen]:
        async with Database(path) as database:
            kitchen = Kitchen(database, ContainerSettings())
            radio = MixedRadio({}, kitchen.clock, seed=1)
            kitchen.radio = radio
            kitchen.radios = {"radio": radio}
            kitchen.poller = kitchen.new_poller()
            await kitchen.join(*fleet(count))
            if change is not None:
                change(kitchen, radio)
            async with kitchen.polling():
                await kitchen.clock.sleep(HOURS * 3600)
            return figures(kitchen), kitchen

    return run_virtually(main())


def figures(kitchen: Kitchen) -> Figures:
    times: dict[Address, list[float]] = {}
    for told in kitchen.all(ReadingTaken):
        times.setdefault(told.reading.address, []).append(told.reading.taken_at.timestamp())
    gaps = [b - a for address, at in times.items() if address != BAD for a, b in pairwise(at)]
    return float(len(gaps)), fmean(gaps), quantiles(gaps, n=20)[-1]


@pytest.fixture(scope="module", params=[6, 14, 40])
def healthy(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Figures]:
    count: int = request.param
    return count, eight_hours(tmp_path_factory.mktemp("healthy") / "agent.db", count, None)[0]


@pytest.mark.parametrize("fault", CONTAINER_FAULTS)
def test_a_bad_container_costs_the_others_nothing(tmp_path: Path, healthy: tuple[int, Figures], fault: str) -> None:
    count, expected = healthy
    found, kitchen = eight_hours(tmp_path / "agent.db", count, CONTAINER_FAULTS[fault])
    assert found == pytest.approx(expected, rel=0.1)
    assert not kitchen.all(RadioRecovered), "the radio is well"
    assert not [told for told in kitchen.all(DeviceChanged) if told.state is DeviceState.LOST]


async def bad(radio: UnkindAdapter, fault: RadioFault | None) -> None:
    radio.fault = fault


async def moves(radio: UnkindAdapter, _: None = None) -> None:
    """hci0 becomes hci1, hci2, hci3: pulled out and put back, five times an hour."""
    while True:
        await bad(radio, RadioFault.GONE)
        await asyncio.sleep(20)
        await bad(radio, None)
        await asyncio.sleep(700)


async def hears_little(radio: UnkindAdapter, _: None = None) -> None:
    """Out of almost everybody's reach."""
    radio.hears = 0.1


ADAPTER_FAULTS: dict[str, Callable[[UnkindAdapter], Coroutine[Any, Any, None]]] = {
    **{fault: partial(bad, fault=fault) for fault in RadioFault},
    "moving": moves,
    "hearing little": hears_little,
}


def two_adapters(kitchen: Kitchen) -> tuple[UnkindAdapter, UnkindAdapter]:
    """Both hear the same containers, of which none is there yet."""
    service = BluetoothService(kitchen.clock)
    one, other = (UnkindAdapter(kitchen.clock, service, seed) for seed in (1, 2))
    kitchen.radio = one
    kitchen.radios = {"radio hci0": one, "radio hci1": other}
    kitchen.poller = kitchen.new_poller()
    return one, other


@pytest.mark.parametrize("count", [6, 14])
@pytest.mark.parametrize("fault", ADAPTER_FAULTS)
def test_a_bad_radio_costs_what_the_other_one_reads_nothing(tmp_path: Path, fault: str, count: int) -> None:
    async def story(fault: str | None, name: str) -> Figures:
        async with Database(tmp_path / name) as database:
            kitchen = Kitchen(database, ContainerSettings())
            _, other = two_adapters(kitchen)
            await kitchen.join(*fleet(count))
            for address in fleet(count):
                other.add(address, "kimchi")
            async with kitchen.polling(), asyncio.TaskGroup() as group:
                await kitchen.clock.sleep(600)
                going_bad = group.create_task(ADAPTER_FAULTS[fault](other)) if fault else None
                await kitchen.clock.sleep(HOURS * 3600)
                if going_bad is not None:
                    going_bad.cancel()
            lost = {told.device for told in kitchen.all(DeviceChanged) if told.state is DeviceState.LOST}
            assert "radio hci1" in lost or fault not in set(RadioFault), "it is told; one that moves may be"
            assert len(kitchen.all(ContainerLost)) == len(kitchen.all(ContainerFound)) <= 1
            return figures(kitchen)

    healthy = run_virtually(story(None, "healthy.db"))
    assert run_virtually(story(fault, "bad.db")) == pytest.approx(healthy, rel=0.1)


DEAFNESS: dict[str, tuple[frozenset[RecoveryAction], float, float]] = {
    "until it is switched off and on": (frozenset(RecoveryAction), 1200, inf),
    "until the service is restarted": (frozenset({RecoveryAction.RESTART, RecoveryAction.RELOAD}), 1200, inf),
    "until the driver is reloaded": (frozenset({RecoveryAction.RELOAD}), 1200, inf),
    "every hour anew": (frozenset(RecoveryAction), 1200, 3600),
    "from the start": (frozenset(RecoveryAction), 0, inf),
    "for ever": (frozenset(), 1200, inf),
}
"""What helps, from when on it is deaf, and how long the help lasts, in seconds."""
LISTENED_TO = Address("54:48:E6:8F:80:00")


async def beside_a_deaf_one(path: Path, count: int, kind: str | None) -> tuple[Figures, Kitchen, UnkindAdapter]:
    async with Database(path) as database:
        kitchen = Kitchen(database, ContainerSettings())
        one, other = two_adapters(kitchen)
        await kitchen.join(*fleet(count))
        await kitchen.roster.add(LISTENED_TO)
        for address in fleet(count):
            other.add(address, "kimchi")
        for radio in (one, other):
            radio.add_broadcaster(LISTENED_TO, lambda: plain(int(kitchen.clock.monotonic() / 60) % 256))
        other.cured_by, after_s, other.again_after_s = DEAFNESS[kind or "for ever"]
        async with kitchen.polling():
            await kitchen.clock.sleep(after_s)
            other.fault = RadioFault.DEAF if kind else None
            other.visits = 0
            await kitchen.clock.sleep(HOURS * 3600 - after_s)
        return figures(kitchen), kitchen, other


@pytest.fixture(scope="module", params=[2, 6, 14, 40])
def two_radios(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Figures]:
    count: int = request.param
    path = tmp_path_factory.mktemp("two") / "agent.db"
    return count, run_virtually(beside_a_deaf_one(path, count, None))[0]


@pytest.mark.parametrize("kind", DEAFNESS)
def test_a_deaf_radio_beside_a_good_one_is_found_told_and_treated(
    tmp_path: Path, two_radios: tuple[int, Figures], kind: str
) -> None:
    count, expected = two_radios
    found, kitchen, other = run_virtually(beside_a_deaf_one(tmp_path / "agent.db", count, kind))
    assert found == pytest.approx(expected, rel=0.1)
    told = [one for one in kitchen.all(DeviceChanged) if one.device == "radio hci1"]
    lost = next(one for one in told if one.state is DeviceState.LOST)
    assert "though another adapter hears" in lost.detail
    assert {one.device for one in kitchen.all(RadioRecovered)} == {"radio hci1"}
    assert not kitchen.all(ContainerLost)
    assert told[-1].state is (DeviceState.LOST if kind == "for ever" else DeviceState.READY)
    assert kind != "for ever" or other.visits <= 1, "whom it cannot hear it leaves to the other"


def test_where_nobody_can_be_read_though_everybody_is_heard_the_radio_is_treated(tmp_path: Path) -> None:
    class Mute(SimulatedRadio):
        mute = False

        async def visit(self, address: Address, *, find_s: float, limit_s: float) -> Measurement:
            if not self.mute:
                return await super().visit(address, find_s=find_s, limit_s=limit_s)
            self._listen(address)
            await asyncio.sleep(1)
            raise RadioTransient("le-connection-abort-by-local")

        async def heal(self, remedy: object) -> None:
            self.mute = False

    async def main() -> None:
        async with Database(tmp_path / "agent.db") as database:
            kitchen = Kitchen(database, ContainerSettings())
            kitchen.radio = radio = Mute({}, kitchen.clock, seed=1)
            kitchen.radios = {"radio": radio}
            kitchen.poller = kitchen.new_poller()
            await kitchen.join(*fleet(4))
            async with kitchen.polling():
                await kitchen.clock.sleep(3600)
                radio.mute = True
                await kitchen.clock.sleep(2 * 3600)
            assert len(kitchen.all(RadioRecovered)) == 1
            assert [told.state for told in kitchen.all(DeviceChanged)][-1] is DeviceState.READY

    run_virtually(main())
