"""The stage that reads the containers: whose turn it is, one visit on a radio, the reading on disk, and again.

In: the roster and the radios. Out: readings in the reading log, and what happened as events.
"""

import asyncio
from collections.abc import Mapping

from befresh_agent.containers.broadcasts import Broadcasts
from befresh_agent.containers.fleet import Fleet
from befresh_agent.containers.lane import Lane
from befresh_agent.containers.roster import Roster
from befresh_agent.containers.visit_log import VisitLog
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.healing import Healing
from befresh_agent.events import Devices, Events
from befresh_agent.ports.clock import Clock, Trust
from befresh_agent.ports.radio import Radio
from befresh_agent.ports.reading_log import ReadingLog
from befresh_agent.settings import ContainerSettings


class Poller:
    """`radios` are named as among the devices; `run` goes on for ever, whatever breaks."""

    def __init__(
        self,
        roster: Roster,
        visit_log: VisitLog,
        radios: Mapping[str, Radio],
        readings: ReadingLog,
        broadcasts: Broadcasts,
        settings: ContainerSettings,
        clock: Clock,
        events: Events,
        devices: Devices,
        trust: Trust,
    ) -> None:
        self._fleet = Fleet(roster, visit_log, readings, broadcasts, settings, clock, events, trust, lanes=len(radios))
        self._lanes = [
            Lane(
                number,
                device,
                radio,
                self._fleet,
                Healing(
                    round_s=settings.period_s,
                    silent_rounds=settings.silent_rounds,
                    may_restart=settings.may_restart,
                ),
                clock=clock,
                events=events,
                devices=devices,
            )
            for number, (device, radio) in enumerate(radios.items())
        ]

    async def run(self) -> None:
        """Visit whoever's turn it is, on every radio, for ever."""
        async with asyncio.TaskGroup() as group:
            for lane in self._lanes:
                group.create_task(lane.run())

    def read_now(self, address: Address) -> bool:
        """Visit the container as soon as a radio is free; whether it is on the roster."""
        return self._fleet.hurry(address)

    def snapshot(self) -> tuple[ContainerHealth, ...]:
        """How every container of the roster is doing."""
        return self._fleet.snapshot()
