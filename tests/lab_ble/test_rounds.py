"""Laboratory B: the agent's own radio and rotation on a real kernel and bluetoothd, with twelve containers around."""

import asyncio
import contextlib
import os
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from befresh_agent.domain.container_events import ContainerFound, ContainerLost, VisitFailed
from befresh_agent.domain.events import DeviceChanged
from befresh_agent.errors import DeviceError
from tests.machine.qemu import Machine

from .fridge import Fridge, fridge, open_sockets, polling
from .guest import BUS_PORT, COMMANDS, RADIO, computer
from .troubles import CYCLE, Troubles
from .witness import Noted

if TYPE_CHECKING:
    from tests.air.air import Air
    from tests.air.nicla import Nicla

ROUNDS = int(os.environ.get("ROUNDS") or CYCLE)
CONTAINERS = 12
MOST_OF_SUM = 1.3
BOOT_S = 90.0
ROUND_S = 240.0
"""Every container using up its whole slot."""


@pytest.fixture
async def machine(home: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Machine]:
    async with Machine(computer(), home) as machine:
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", f"tcp:host=127.0.0.1,port={machine.port(BUS_PORT)}")
        yield machine


@pytest.fixture
async def air(machine: Machine) -> "AsyncIterator[Air]":
    from tests.air.air import Air  # only the laboratories have bumble

    async with Air(machine.line(RADIO)) as air:
        for number in range(1, CONTAINERS + 1):
            await air.add(number)
        await machine.says("the machine is up", BOOT_S)
        yield air


@pytest.mark.lab
@pytest.mark.timeout(180 + ROUNDS * 90)
async def test_rounds_with_every_trouble_lose_nothing(home: Path, machine: Machine, air: "Air") -> None:
    containers = list(air.containers.values())
    troubles = Troubles(containers, lambda: machine.type(COMMANDS, "killall -9 bluetoothd"))
    async with fridge(home) as one:
        one.events.subscribe(troubles.listen)
        await hears(one)
        sockets, tasks = open_sockets(), len(asyncio.all_tasks())
        async with polling(one, list(air.containers)):
            worst = 0.0
            for number in range(ROUNDS):
                worst = max(worst, await round_of(one, containers, troubles, number))
        await settled(air, sockets, tasks)
        report = await accounts(one, air)
    print(f"VERDICT PASS: {ROUNDS} rounds of {CONTAINERS} containers; {report}; longest round {worst:.2f} x its visits")
    assert worst <= MOST_OF_SUM


async def hears(one: Fridge) -> None:
    """Wait until bluetoothd has taken the controller and hears somebody."""
    async with asyncio.timeout(BOOT_S):
        while True:
            with contextlib.suppress(DeviceError):
                if await one.radio.listen(1):
                    return
            await asyncio.sleep(0.2)


async def round_of(one: Fridge, containers: "Sequence[Nicla]", troubles: Troubles, number: int) -> float:
    """One reading of everybody who is there; how long that took, in times of the visits it needed."""
    before = len(one.radio.visits)
    began = one.radio.visits[-1].ended if one.radio.visits else asyncio.get_running_loop().time()
    making_trouble = asyncio.create_task(troubles.begin(number))
    async with asyncio.timeout(ROUND_S):
        while not (making_trouble.done() and all_read(one.radio.visits[before:], containers, troubles.away)):
            await asyncio.sleep(0.01)
    await making_trouble
    visits = one.radio.visits[before:]
    longer = (visits[-1].ended - began) / sum(visit.seconds for visit in visits)
    failed = sum(visit.values is None for visit in visits)
    print(f"round {number + 1}: {visits[-1].ended - began:.0f} s, {len(visits)} visits, {failed} failed, {longer:.2f}")
    return longer


def all_read(visits: Sequence[Noted], containers: "Sequence[Nicla]", away: "Nicla | None") -> bool:
    read = {visit.address for visit in visits if visit.values is not None}
    return all(container.address in read for container in containers if container is not away)


async def settled(air: "Air", sockets: int, tasks: int) -> None:
    """Wait until nothing is left over of all the visits: not a link, a socket or a task."""
    try:
        async with asyncio.timeout(15):
            while air.links or open_sockets() > sockets or len(asyncio.all_tasks()) > tasks:
                await asyncio.sleep(0.1)
    except TimeoutError:
        left = Counter(str(task.get_coro()) for task in asyncio.all_tasks())
        pytest.fail(f"left over: {air.links} links, sockets {open_sockets()} of {sockets}, tasks {left} of {tasks}")


async def accounts(one: Fridge, air: "Air") -> str:
    """Every reading that a visit brought is on disk, once, as the container said it; and the troubles took place."""
    brought = [(visit.address, visit.values) for visit in one.radio.visits if visit.values is not None]
    kept = [(reading.address, reading.values) for reading in await one.kept()]
    assert kept == brought
    for address, values in kept:
        assert values.gas is not None
        assert values == air.containers[address].measures(values.gas)
    assert len(set(kept)) == len(kept)
    told = Counter(type(event) for event in one.told)
    back = sum(isinstance(event, DeviceChanged) and event.back for event in one.told)
    if ROUNDS >= CYCLE:
        assert told[VisitFailed] >= 3  # dropped, silent, deaf
        assert told[ContainerLost] == told[ContainerFound] >= 1
        assert back >= 1  # bluetoothd
    return (
        f"{len(kept)} readings, 0 lost; {told[VisitFailed]} visits failed, {told[ContainerLost]} containers lost and "
        f"found, Bluetooth back {back} times; 0 sockets and tasks left over"
    )
