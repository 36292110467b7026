"""One of two radios is bad in every way there is: the containers are read as often as ever.

Eight hours of virtual time each.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import partial
from math import inf
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import ContainerFound, ContainerLost, RadioRecovered
from befresh_agent.domain.events import DeviceChanged, DeviceState
from befresh_agent.domain.radio_recovery import RecoveryAction
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.simulation.simulated_radio import RadioFault
from befresh_agent.storage.database import Database
from tests.bthome import plain
from tests.virtual_time import run_virtually

from .conftest import Figures, Kitchen, figures, fleet
from .unkind_adapter import BluetoothService, UnkindAdapter

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]  # measuring takes four times as long; others go the same ways

HOURS = 8


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


async def two_adapters(kitchen: Kitchen, count: int) -> tuple[UnkindAdapter, UnkindAdapter]:
    """Both hear the same containers."""
    service = BluetoothService(kitchen.clock)
    one, other = (UnkindAdapter(kitchen.clock, service, seed) for seed in (1, 2))
    kitchen.radio = one
    kitchen.radios = {"radio hci0": one, "radio hci1": other}
    kitchen.poller = kitchen.new_poller()
    await kitchen.join(*fleet(count))
    for address in fleet(count):
        other.add(address, "kimchi")
    return one, other


async def beside_a_bad_one(path: Path, count: int, fault: str | None) -> tuple[Figures, Kitchen]:
    async with Database(path) as database:
        kitchen = Kitchen(database, ContainerSettings())
        _, other = await two_adapters(kitchen, count)
        async with kitchen.polling(), asyncio.TaskGroup() as group:
            await kitchen.clock.sleep(600)
            going_bad = group.create_task(ADAPTER_FAULTS[fault](other)) if fault else None
            await kitchen.clock.sleep(HOURS * 3600)
            if going_bad is not None:
                going_bad.cancel()
        return figures(kitchen), kitchen


@pytest.fixture(scope="module", params=[6, 14])
def two_good(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Figures]:
    count: int = request.param
    path = tmp_path_factory.mktemp("good") / "agent.db"
    return count, run_virtually(beside_a_bad_one(path, count, None))[0]


@pytest.mark.parametrize("fault", ADAPTER_FAULTS)
def test_a_bad_radio_costs_what_the_other_one_reads_nothing(
    tmp_path: Path, two_good: tuple[int, Figures], fault: str
) -> None:
    count, expected = two_good
    found, kitchen = run_virtually(beside_a_bad_one(tmp_path / "agent.db", count, fault))
    lost = {told.device for told in kitchen.all(DeviceChanged) if told.state is DeviceState.LOST}
    assert "radio hci1" in lost or fault not in set(RadioFault), "it is told; one that moves may be"
    assert len(kitchen.all(ContainerLost)) == len(kitchen.all(ContainerFound)) <= 1
    assert found == pytest.approx(expected, rel=0.1)


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
        one, other = await two_adapters(kitchen, count)
        await kitchen.roster.add(LISTENED_TO)
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
