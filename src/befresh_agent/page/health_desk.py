"""How the agent and its machine are doing, as the page shows it."""

import asyncio
import logging
import os
import platform
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Literal

from befresh_agent import __version__
from befresh_agent.errors import StoreError
from befresh_agent.page.doctor import Doctor
from befresh_agent.page.log_tail import LogLine, LogTail
from befresh_agent.page.models import Device, Line
from befresh_agent.page.models_delivery import Alive, Health, Lag, Versions
from befresh_agent.page.sources import Sources
from befresh_agent.page.tally import Tally
from befresh_agent.page.updates import Updates
from befresh_agent.page.veil import Veil

_SHOWN = 60
_MB = 1024 * 1024


class HealthDesk:
    def __init__(
        self, sources: Sources, tally: Tally, tail: LogTail, veil: Veil, doctor: Doctor, updates: Updates
    ) -> None:
        self._sources = sources
        self._tally = tally
        self._tail = tail
        self._veil = veil
        self.doctor = doctor
        self._updates = updates
        self._began = time.monotonic()

    async def health(self) -> Health:
        memory_mb, disk_free_mb, database_mb = await asyncio.to_thread(self._machine)
        return Health(
            versions=Versions(
                agent=__version__,
                python=platform.python_version(),
                sqlite=sqlite3.sqlite_version,
                system=f"{platform.system()} {platform.release()} {platform.machine()}",
            ),
            up_s=round(time.monotonic() - self._began),
            lag_ms=Lag(**self._sources.lag_ms()),
            hanging=self._sources.unwell(),
            devices=devices(self._sources, self._veil),
            restarts=dict(self._tally.restarts),
            checkup=self.doctor.checkup,
            update=self._updates.state,
            memory_mb=memory_mb,
            disk_free_mb=disk_free_mb,
            database_mb=database_mb,
            log=[_line(one) for one in list(self._tail.lines)[: -_SHOWN - 1 : -1]],
        )

    async def alive(self) -> Alive:
        """Whether work is being done: every vital service gets on, and the database answers."""
        trouble = [f"{service} does not get on" for service in self._sources.unwell()]
        try:
            await self._sources.letters.standing()
        except StoreError as error:
            trouble.append(self._veil.over(str(error)))
        return Alive(ok=not trouble, trouble=trouble)

    def _machine(self) -> tuple[float, float, float]:
        state = self._sources.state
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        database = sum(file.stat().st_size for file in state.glob("agent.db*"))
        return (
            round(pages * os.sysconf("SC_PAGE_SIZE") / _MB, 1),
            round(shutil.disk_usage(state).free / _MB),
            round(database / _MB, 1),
        )


def devices(sources: Sources, veil: Veil) -> list[Device]:
    return [
        Device(name=seen.device, state=seen.state.value, since=since, detail=veil.over(seen.detail))
        for seen, since in sources.devices.states()
    ]


def _line(one: LogLine) -> Line:
    level: Literal["info", "warning", "error"] = (
        "error" if one.level >= logging.ERROR else "warning" if one.level >= logging.WARNING else "info"
    )
    return Line(at=one.at, part=one.part, text=one.text, level=level)
