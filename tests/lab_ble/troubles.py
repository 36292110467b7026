"""What goes wrong in which round; every fault meets another container each time, and passes."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from befresh_agent.domain.container_events import ContainerLost, VisitFailed
from befresh_agent.domain.events import Event

if TYPE_CHECKING:
    from tests.air.nicla import Nicla

CYCLE = 4
"""Rounds until the troubles repeat."""


class Troubles:
    """`kill_bluetoothd` does what it says."""

    def __init__(self, containers: "Sequence[Nicla]", kill_bluetoothd: Callable[[], None]) -> None:
        self._containers = {container.address: container for container in containers}
        self._kill = kill_bluetoothd
        self.away: Nicla | None = None
        self._missed = asyncio.Event()

    async def begin(self, number: int) -> None:
        """Make the trouble of this round, counted from 0."""
        containers = list(self._containers.values())
        slow, dropping, leaving, silent, deaf, last = (
            containers[(5 * number + place) % len(containers)] for place in (0, 2, 4, 7, 8, 10)
        )
        match number % CYCLE:
            case 1:
                slow.read_s = 0.8
                dropping.drops_after = 3
                self.away = leaving
                self._missed.clear()
                await leaving.go()
            case 2:
                silent.silent_after = 2
                deaf.controller.deaf_to_connecting = True
                await self._kill_while_reading(last)
            case 3:
                await self._missed.wait()
                await self._everybody_is_back()

    def listen(self, event: Event) -> None:
        """A container whose visit failed is whole again at the next one."""
        if isinstance(event, VisitFailed):
            self._containers[event.address].heal()
        elif isinstance(event, ContainerLost):
            self._missed.set()

    async def _kill_while_reading(self, container: "Nicla") -> None:
        visits = container.visits
        container.read_s = 0.3
        while container.visits == visits or container.asked < 2:
            await asyncio.sleep(0.02)
        self._kill()

    async def _everybody_is_back(self) -> None:
        if self.away is not None:
            await self.away.come()
            self.away = None
        for container in self._containers.values():
            container.heal()
