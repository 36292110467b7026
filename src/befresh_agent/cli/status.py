"""`befresh-agent status`: one screen about the running agent."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import typer
from rich.text import Text

from befresh_agent import __version__
from befresh_agent.cli import listing
from befresh_agent.cli.agent_data import start_command
from befresh_agent.cli.listing import Cell, facts, moment, screen_width, show, table
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.domain.quantities import Prominence, shown
from befresh_agent.domain.visible import visible_text
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.paths import control_socket, runtime_dir
from befresh_agent.status.status_socket import ask_agent

_WARNINGS = 8
_STYLE = {"ready": "green", "live": "bold green", "lost": "bold red", "off": "dim"}


_GLANCE = shown(Prominence.GLANCE)


def status(config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Show devices, session, containers and queue of the running agent; ends with 1 when none is running."""
    settings = load_settings(config).settings
    snapshot = ask_agent(control_socket(runtime_dir(settings.agent, dry_run=dry_run)))
    if as_json:
        typer.echo(json.dumps(snapshot or _nobody(), ensure_ascii=False))
    elif snapshot is None:
        typer.echo(f"no agent is running here; start it: {start_command(settings, dry_run=dry_run)}", err=True)
    else:
        show(screen(snapshot, screen_width()))
    if snapshot is None:
        raise typer.Exit(1)


def _nobody() -> dict[str, Any]:
    """What is true of an agent that does not run: the same keys, nothing in them."""
    return {
        "version": __version__,
        "ready": False,
        "session": None,
        "devices": {},
        "troubles": [],
        "page": {"turned_away": []},
        "warnings": [],
        "vision": {"workers": None, "frames_per_s": None, "last_date_s": None},
        "containers": [],
        "outbox": {"waiting": None, "oldest_s": None, "dead": None},
        "database": {"newer": None},
        "loop_lag_ms": {"p50": None, "p99": None, "max": None},
    }


def screen(snapshot: dict[str, Any], width: int | None) -> list[Text]:
    """What `status` shows of this answer of the agent."""
    lines = [*facts(_head(snapshot), width), Text(), *_devices(snapshot, width)]
    if snapshot["containers"]:
        lines += [Text(), *_containers(snapshot, width)]
    return [*lines, *_warnings(snapshot, width)]


def _head(snapshot: dict[str, Any]) -> list[tuple[str, Cell]]:
    items = snapshot["session"]["items"] if snapshot["session"] else None
    session = "closed" if items is None else f"open, {len(items)} registered"
    lag = snapshot["loop_lag_ms"]
    lines: list[tuple[str, Cell]] = [
        ("befresh-agent", f"{snapshot['version']}, {'ready' if snapshot['ready'] else 'starting'}"),
        ("session", session),
        ("queue", _queue(snapshot["outbox"])),
        *((one["subject"], _trouble(one)) for one in snapshot.get("troubles", ())),
        *_turned_away(snapshot.get("page", {}).get("turned_away", ())),
    ]
    if newer := snapshot.get("database", {}).get("newer"):
        text = f"made by a newer release (schema {newer['version']}; this release knows {newer['known']})"
        lines.append(("database", Text(text, style="yellow")))
    if vision := snapshot.get("vision"):
        lines.append(("vision", _vision(vision)))
    return [*lines, ("loop lag", f"p50 {lag['p50']} ms, p99 {lag['p99']} ms, worst {lag['max']} ms")]


def _trouble(one: dict[str, str]) -> Text:
    return Text(f"{visible_text(one['detail'])}; {visible_text(one['remedy'])}", style="bold red")


def _turned_away(peers: Sequence[dict[str, Any]]) -> list[tuple[str, Cell]]:
    told = [f"{one['peer']} {one['count']}x since {moment(one['since'])}: {one['why']}" for one in peers]
    return [("turned away", Text(visible_text("; ".join(told)), style="yellow"))] if told else []


def _warnings(snapshot: dict[str, Any], width: int | None) -> list[Text]:
    """The last few, also from before the last start."""
    found = snapshot.get("warnings", ())[-_WARNINGS:]
    rows = [
        (moment(one["at"]), f"{one['times']}x" if one["times"] > 1 else "", one["part"], one["text"]) for one in found
    ]
    return [Text(), *table(("last warnings", "", "part", "what"), rows, width)] if rows else []


def _vision(vision: dict[str, Any]) -> str:
    workers = f"{vision['workers']} worker{'s' if vision['workers'] != 1 else ''}"
    speed = "" if vision["frames_per_s"] is None else f", {vision['frames_per_s']:g} frames a second"
    date_s = vision["last_date_s"]
    return workers + speed + ("" if date_s is None else f", the last date was accepted after {date_s:.1f} s")


def _queue(outbox: dict[str, Any]) -> Text:
    if error := outbox.get("error"):
        return Text(visible_text(error), style="bold red")
    unnamed = f", {outbox['unnamed']} without a name" if outbox.get("unnamed") else ""
    broker = (
        (f"; the broker is out of reach: {visible_text(outbox['broker'])}", "yellow") if outbox.get("broker") else ""
    )
    topics = [(f"; {visible_text(error)}", "yellow") for error in outbox.get("topics", {}).values()]
    return Text.assemble(f"{outbox['waiting']} waiting, {outbox['dead']} dead{unnamed}", broker, *topics)


def _devices(snapshot: dict[str, Any], width: int | None) -> list[Text]:
    rows: list[tuple[Cell, ...]] = [
        (
            name,
            Text(device["state"], style=_STYLE.get(device["state"], "")),
            moment(device["since"]),
            device["detail"],
        )
        for name, device in snapshot["devices"].items()
    ]
    return table(("device", "state", "since", "detail"), rows, width)


def _containers(snapshot: dict[str, Any], width: int | None) -> list[Text]:
    titles = ("container", "state", "last reading", *listing.titles(_GLANCE), "good visits", "signal")
    return table(titles, [_row(one, snapshot.get("time")) for one in snapshot["containers"]], width)


def _row(one: dict[str, Any], now: str | None) -> tuple[Cell, ...]:
    state = Text("absent", style="yellow") if one["absent"] else Text("here", style="green")
    signal = "" if one["signal_dbm"] is None else f"{one['signal_dbm']} dBm"
    values = listing.cells(one["values"], _GLANCE)
    return (one["address"], state, _last(now, one["age_s"]), *values, _visits(one), signal)


def _visits(one: dict[str, Any]) -> str:
    if one["broadcasts"]:
        trouble: str | None = one["trouble"]
        return trouble or "broadcasts"
    if one["success_rate"] is None:
        return ""
    visits = f"{one['success_rate']:.0%} of {one['visits']}, {one['visit_s']:.1f} s each"
    return f"{visits}; {one['trouble']}" if one["trouble"] else visits


def _last(now: str | None, age_s: float | None) -> str:
    """When it was read last, by the agent's own clock."""
    if age_s is None:
        return "never"
    at = datetime.fromisoformat(now) if now else datetime.now().astimezone()
    return moment(at - timedelta(seconds=age_s))
