"""The reports that have a topic, put together from what the stages know. In: settings, stages. Out: services."""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from befresh_agent import __version__
from befresh_agent.adapters.machine_looks import throttled
from befresh_agent.assembly.hardware import CoreServices
from befresh_agent.delivery.batcher import ReportService
from befresh_agent.domain.food_names import kept_name
from befresh_agent.domain.messages import FRESHNESS_TYPE, HEARTBEAT_TYPE, moment_text
from befresh_agent.domain.report_messages import FreshnessBody, HeartbeatBody, report_bytes
from befresh_agent.history.chart import local_time
from befresh_agent.history.heat_records import HeatEstimate
from befresh_agent.history.rules.trend import Trend, TrendState
from befresh_agent.runtime.subprocesses import run_program
from befresh_agent.status.snapshot import StatusReporter
from befresh_agent.storage.history import ContainerContent

HEARTBEAT_S = 6 * 3600.0
_UPDATE = ("systemctl", "show", "--property=Result", "--value", "befresh-agent-update.service")


def report_services(ground: CoreServices, status: StatusReporter) -> list[ReportService]:
    """Nothing where no topic is set."""
    kafka, found = ground.settings.kafka, []
    common: dict[str, Any] = {"fridge_id": ground.fridge_id, "clock": ground.clock, "events": ground.events}
    if kafka.freshness_topic:
        interval_s, compose = ground.settings.delivery.batch_interval_s, FreshnessComposer(ground).body
        found.append(ReportService(ground.store, FRESHNESS_TYPE, compose, interval_s=interval_s, **common))
    if kafka.heartbeat_topic:
        beat = HeartbeatComposer(ground, status).body
        found.append(ReportService(ground.store, HEARTBEAT_TYPE, beat, interval_s=HEARTBEAT_S, **common))
    return found


class FreshnessComposer:
    """The figures of page and daily sheet, as a body."""

    def __init__(self, ground: CoreServices) -> None:
        self._ground = ground
        self._records = ground.records

    async def body(self) -> tuple[bytes, int] | None:
        heats, trends = await self._records.heat(), await self._records.trends()
        contents = await self._records.history.contents()
        data = {one: _container(heats[one], trends.get(one), contents.get(one)) for one in heats}
        if not data:
            return None
        at = moment_text(self._ground.clock.now())
        return report_bytes(FreshnessBody, at=at, refrigeratorId=self._ground.fridge_id, data=data), len(data)


def _container(heat: HeatEstimate, trend: Trend | None, content: ContainerContent | None) -> dict[str, object]:
    use, spell = heat.use, heat.today
    warm = spell and {
        "begin": moment_text(local_time(spell.span.begin)),
        "end": moment_text(local_time(spell.span.end)),
        "costDays": round(spell.cost_days, 2),
    }
    return {
        "name": kept_name(content.food) if content else None,
        "useBy": content.use_by.isoformat() if content and content.use_by else None,
        "air": (trend.state if trend else TrendState.LEARNING).value,
        "heat": {
            "state": heat.state.value,
            "model": heat.model.name if heat.model else None,
            "usedDays": heat.used_days,
            "knownDays": heat.known_days,
            "usedShare": heat.used_share,
            "unmeasuredMinutes": round(use.unmeasured_s / 60) if use else None,
            "outsideMinutes": round(use.outside_s / 60) if use else None,
            "warm": warm,
        },
    }


@dataclass(frozen=True, slots=True)
class _Ages:
    count: int
    absent: int
    oldest_s: int | None


class HeartbeatComposer:
    """How the fridge is doing, from what `status` prints and from the machine."""

    def __init__(self, ground: CoreServices, status: StatusReporter) -> None:
        self._ground = ground
        self._status = status
        self._began = ground.clock.monotonic()

    async def body(self) -> tuple[bytes, int] | None:
        seen, clock = await self._status.snapshot(), self._ground.clock
        outbox, ages = seen["outbox"], _ages(seen["containers"])
        update = await run_program(*_UPDATE)
        body = report_bytes(
            HeartbeatBody,
            at=moment_text(clock.now()),
            refrigeratorId=self._ground.fridge_id,
            version=__version__,
            uptimeSeconds=round(clock.monotonic() - self._began),
            devices={name: str(device["state"]) for name, device in seen["devices"].items()},
            messagesWaiting=outbox["waiting"],
            oldestWaitingSeconds=outbox["oldest_s"],
            messagesDead=outbox["dead"],
            containers=ages.count,
            containersAbsent=ages.absent,
            oldestReadingSeconds=ages.oldest_s,
            lastUpdate=(update.out.strip() or None) if update.good else None,
            freeDiskMegabytes=_free_megabytes(self._ground.hardware.state),
            throttled=throttled(),
        )
        return body, 1


def _ages(containers: list[Mapping[str, Any]]) -> _Ages:
    ages = [round(one["age_s"]) for one in containers if one.get("age_s") is not None]
    return _Ages(len(containers), sum(bool(one.get("absent")) for one in containers), max(ages, default=None))


def _free_megabytes(folder: Path) -> int | None:
    try:
        return shutil.disk_usage(folder).free // 1_000_000
    except OSError:
        return None
