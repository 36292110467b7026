"""What is handed out: the daily sheet, readings as a table, and `/metrics` in Prometheus' text format 0.0.4."""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated

from fastapi import FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import HTMLResponse, StreamingResponse

from befresh_agent import __version__
from befresh_agent.domain.container import Address, parse_address
from befresh_agent.errors import InvalidValue
from befresh_agent.history.labels import Label, sheet_of_labels
from befresh_agent.page.access import ALIVE
from befresh_agent.page.models import ErrorDetail
from befresh_agent.page.observers import EventCounters, RecentActivity
from befresh_agent.page.page_tabs import PageTabs
from befresh_agent.page.templating import PageRenderer

_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)

_LONGEST_DAYS = 366

Container = Annotated[str | None, Query(max_length=40)]


def add_downloads(website: FastAPI, desks: PageTabs, looks: PageRenderer) -> None:
    records, clock = desks.sources.records, desks.sources.clock

    @website.get("/containers/sheet", include_in_schema=False)
    async def sheet(request: Request, day: date | None = None, container: Container = None) -> Response:
        """One day of every container, to be printed."""
        wanted, names = day or clock.now().date(), await desks.containers.names()
        html = await records.sheet(_chosen(container), wanted, looks.language(request), names)
        return HTMLResponse(html, headers={"content-security-policy": _policy(html), "cache-control": "no-store"})

    @website.get("/containers/labels", include_in_schema=False)
    async def labels(container: Container = None, copies: Annotated[int, Query(ge=1, le=50)] = 1) -> Response:
        """The codes of all containers, or of one, to be printed and stuck on."""
        names = {Address(box.address): box.name or "" for box in await desks.containers.list()}
        there = _chosen(container) or tuple(names)
        html = sheet_of_labels([Label(address, names.get(address, "")) for address in there], copies)
        return HTMLResponse(html, headers={"content-security-policy": _policy(html), "cache-control": "no-store"})

    @website.get(
        "/api/v1/readings.csv",
        tags=["containers"],
        response_class=StreamingResponse,
        responses={
            200: {"content": {"text/csv": {}}},
            422: {"model": ErrorDetail, "description": "The value cannot be."},
        },
    )
    async def readings(first: date | None = None, last: date | None = None, container: Container = None) -> Response:
        """Readings of the last week, or of the days from `first` to `last`, as a table."""
        until = last or clock.now().date()
        since = first or until - timedelta(days=7)
        if not 0 <= (until - since).days <= _LONGEST_DAYS:
            raise HTTPException(422, f"from {since} to {until} is no stretch of at most {_LONGEST_DAYS} days")
        lines = records.lines(_chosen(container), since, until, "csv")
        named = {"content-disposition": f'attachment; filename="readings-{until}.csv"', "cache-control": "no-store"}
        return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=named)


def _chosen(container: str | None) -> Sequence[Address]:
    if container is None:
        return ()
    try:
        return (parse_address(container),)
    except InvalidValue as error:
        raise HTTPException(422, str(error)) from error


def _policy(html: str) -> str:
    """The sheet brings its style along: that very one is allowed, and nothing else."""
    digests = (hashlib.sha256(style.encode()).digest() for style in _STYLE.findall(html))
    styles = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return f"default-src 'none'; style-src {styles}; base-uri 'none'; frame-ancestors 'none'"


Labels = Mapping[str, str]

Samples = Iterable[tuple[Labels, float]]

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


def metric(name: str, kind: str, text: str, samples: Samples | float) -> str:
    """One metric with its help line; `kind` is counter or gauge."""
    pairs: Samples = [({}, samples)] if isinstance(samples, int | float) else samples
    lines = [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]
    lines += [f"{name}{_braces(labels)} {float(value):.15g}" for labels, value in pairs]
    return "\n".join(lines) + "\n"


def _braces(labels: Labels) -> str:
    if not labels:
        return ""
    return "{" + ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items()) + "}"


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def add_metrics(website: FastAPI, desks: PageTabs) -> None:
    @website.get("/metrics", include_in_schema=False)
    async def metrics() -> Response:
        parts = [
            *_registration(desks.memory, desks.tally),
            *_containers(desks),
            *await _delivery(desks),
            *_agent(desks),
        ]
        return Response("".join(parts), media_type=CONTENT_TYPE)

    @website.get(ALIVE, tags=["health"], responses={503: {"description": "Something does not get on."}})
    async def healthz(response: Response) -> dict[str, bool]:
        """Whether work is being done, not only whether a process is there. For everybody, so it says nothing else."""
        alive = await desks.health.alive()
        response.status_code = 200 if alive else 503
        return {"ok": alive}


def _registration(memory: RecentActivity, tally: EventCounters) -> Iterator[str]:
    yield metric("befresh_sessions_total", "counter", "Registration sessions opened.", tally.sessions)
    items = [({"type": str(kind)}, count) for kind, count in sorted(tally.items.items())]
    yield metric("befresh_items_total", "counter", "Foods registered, by type.", items)
    yield metric("befresh_items_unnamed_total", "counter", "Foods kept without a name.", tally.unnamed)
    yield metric("befresh_frames_total", "counter", "Camera frames read.", memory.frames)
    yield metric("befresh_decode_seconds_total", "counter", "Time spent reading frames.", memory.decode_s)


def _containers(desks: PageTabs) -> Iterator[str]:
    reads = [({"container": one, "outcome": how}, count) for (one, how), count in sorted(desks.tally.reads.items())]
    yield metric("befresh_container_reads_total", "counter", "Visits to containers, by outcome.", reads)
    healths = desks.sources.containers()
    ages = [({"container": one.address}, one.age_s) for one in healths if one.age_s is not None]
    yield metric("befresh_container_reading_age_seconds", "gauge", "Age of the last reading.", ages)
    absent = [({"container": one.address}, float(one.absent)) for one in healths]
    yield metric("befresh_container_absent", "gauge", "1 while a container does not answer.", absent)


async def _delivery(desks: PageTabs) -> list[str]:
    delivery = await desks.delivery.delivery()
    sent = [({"topic": topic}, count) for topic, count in sorted(desks.tally.delivered.items())]
    return [
        metric("befresh_outbox_waiting", "gauge", "Messages that wait.", delivery.waiting),
        metric("befresh_outbox_oldest_seconds", "gauge", "Age of the oldest waiting message.", delivery.oldest_s),
        metric("befresh_outbox_dead", "gauge", "Messages the broker refuses.", delivery.dead),
        metric("befresh_messages_delivered_total", "counter", "Messages that arrived, by topic.", sent),
        metric("befresh_broker_up", "gauge", "0 while the broker is out of reach.", float(delivery.broker != "lost")),
        metric("befresh_not_kept_total", "counter", "Times something could not be saved.", desks.tally.not_kept),
    ]


def _agent(desks: PageTabs) -> Iterator[str]:
    lag = [({"quantile": name}, value / 1000) for name, value in desks.sources.lag_ms().items()]
    yield metric("befresh_loop_lag_seconds", "gauge", "How late the event loop runs: p50, p99 and max.", lag)
    restarts = [({"part": part}, count) for part, count in sorted(desks.tally.restarts.items())]
    yield metric("befresh_restarts_total", "counter", "Crashes of restartable parts.", restarts)
    states = [({"device": seen.device, "state": seen.state.value}, 1.0) for seen, _ in desks.sources.devices.states()]
    yield metric("befresh_device_state", "gauge", "1 for the state a device is in.", states)
    yield metric("befresh_info", "gauge", "The version.", [({"version": __version__}, 1.0)])
