"""The tab "Health": how the agent and its machine are doing."""

import asyncio
import logging
import platform
import shutil
import time
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from befresh_agent import __version__
from befresh_agent.errors import StoreError
from befresh_agent.page.context import PageContext
from befresh_agent.page.maintenance import CheckupReport, DoctorRunner, UpdateState, UpdateStatus
from befresh_agent.page.models import DeviceView, NewsLine, PageModel
from befresh_agent.page.observers import EventCounters, LogLine, LogTail
from befresh_agent.page.turned_away import TurnedAwayPeers
from befresh_agent.runtime.own_process import resident_mb
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.storage.database import SQLITE_VERSION


class LoopLagView(PageModel):
    """How late the event loop runs, in milliseconds."""

    p50: float
    p99: float
    max: float


class VersionInfo(PageModel):
    agent: str
    python: str
    sqlite: str
    system: str


class TroubleView(PageModel):
    """What is wrong with the machine or the installation."""

    subject: str
    detail: str
    remedy: str


class WarningView(PageModel):
    """A warning of the log that outlives a restart; alike ones that follow each other are one."""

    at: datetime
    part: str
    text: str
    times: int


class RefusedPeerView(PageModel):
    """An address that was turned away from this page in the last hour."""

    peer: str
    why: str
    count: int
    since: datetime
    last: datetime


class HealthView(PageModel):
    versions: VersionInfo
    up_s: float
    lag_ms: LoopLagView
    hanging: list[str]
    """Vital services that make no progress."""
    devices: list[DeviceView]
    troubles: list[TroubleView]
    warnings: list[WarningView]
    """The newest first."""
    turned_away: list[RefusedPeerView]
    """The most frequent first."""
    restarts: dict[str, int]
    """How often parts of the agent crashed and were started again."""
    checkup: CheckupReport
    update: UpdateState | None
    """None where the agent is not installed as a service."""
    memory_mb: float
    disk_free_mb: float
    database_mb: float
    log: list[NewsLine]
    """The newest first."""


_SHOWN = 60
_WARNINGS = 20

_MB = 1024 * 1024


class HealthTab:
    def __init__(
        self,
        sources: PageContext,
        tally: EventCounters,
        tail: LogTail,
        redaction: SecretRedactor,
        doctor: DoctorRunner,
        updates: UpdateStatus,
        turned_away: TurnedAwayPeers,
    ) -> None:
        self._sources = sources
        self._tally = tally
        self._tail = tail
        self._redaction = redaction
        self.doctor = doctor
        self._updates = updates
        self._turned_away = turned_away
        self._began = time.monotonic()
        self._asking: asyncio.Task[bool] | None = None

    async def health(self) -> HealthView:
        memory_mb, disk_free_mb, database_mb = await asyncio.to_thread(self._machine)
        return HealthView(
            versions=VersionInfo(
                agent=__version__,
                python=platform.python_version(),
                sqlite=SQLITE_VERSION,
                system=f"{platform.system()} {platform.release()} {platform.machine()}",
            ),
            up_s=round(time.monotonic() - self._began),
            lag_ms=LoopLagView(**self._sources.lag_ms()),
            hanging=self._sources.unwell(),
            devices=devices(self._sources, self._redaction),
            **self._told(),
            restarts=dict(self._tally.restarts),
            checkup=self.doctor.checkup,
            update=self._updates.state,
            memory_mb=memory_mb,
            disk_free_mb=disk_free_mb,
            database_mb=database_mb,
            log=[_line(one) for one in list(self._tail.lines)[: -_SHOWN - 1 : -1]],
        )

    def _told(self) -> dict[str, Any]:
        """What `status` tells, too."""
        redact = self._redaction.redact_value
        troubles, warnings = self._sources.troubles(), self._sources.warnings()
        return {
            "troubles": [TroubleView.model_validate(redact(asdict(one))) for one in troubles],
            "warnings": [WarningView.model_validate(redact(asdict(one))) for one in warnings[: -_WARNINGS - 1 : -1]],
            "turned_away": [RefusedPeerView.model_validate(one.to_json()) for one in self._turned_away.lately()],
        }

    async def alive(self) -> bool:
        """Whether work is being done: every vital service gets on, and the database answers.

        However many ask, and none needs a token: the database is asked once at a time.
        """
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._database_answers())
        return await asyncio.shield(self._asking) and not self._sources.unwell()

    async def _database_answers(self) -> bool:
        try:
            await self._sources.letters.status()
        except StoreError:
            return False
        return True

    def _machine(self) -> tuple[float, float, float]:
        state = self._sources.state
        database = sum(file.stat().st_size for file in state.glob("agent.db*"))
        return (
            round(resident_mb(), 1),
            round(shutil.disk_usage(state).free / _MB),
            round(database / _MB, 1),
        )


def devices(sources: PageContext, redaction: SecretRedactor) -> list[DeviceView]:
    return [
        DeviceView(name=seen.device, state=seen.state.value, since=since, detail=redaction.redact(seen.detail))
        for seen, since in sources.devices.states()
    ]


def _line(one: LogLine) -> NewsLine:
    level: Literal["info", "warning", "error"] = (
        "error" if one.level >= logging.ERROR else "warning" if one.level >= logging.WARNING else "info"
    )
    return NewsLine(at=one.at, part=one.part, text=one.text, level=level)
