"""`befresh-agent status`: one screen about the running agent."""

import json
from typing import Any

import typer
from rich.console import Console, Group
from rich.table import Column, Table
from rich.text import Text

from befresh_agent import __version__
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.configuration import load
from befresh_agent.places import control_socket, runtime_dir
from befresh_agent.status.control import ask

_STYLE = {"ready": "green", "live": "bold green", "lost": "bold red", "off": "dim"}


def status(config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Show devices, session, containers and queue of the running agent; ends with 1 when none is running."""
    settings = load(config).settings
    snapshot = ask(control_socket(runtime_dir(settings.agent, dry_run=dry_run)))
    if as_json:
        typer.echo(json.dumps(snapshot or _nobody(), ensure_ascii=False))
    elif snapshot is None:
        typer.echo("no agent is running here: start one with `befresh-agent run`", err=True)
    else:
        Console().print(screen(snapshot))
    if snapshot is None:
        raise typer.Exit(1)


def _nobody() -> dict[str, Any]:
    """What is true of an agent that does not run: the same keys, nothing in them."""
    return {
        "version": __version__,
        "ready": False,
        "session": None,
        "devices": {},
        "containers": [],
        "outbox": {"waiting": None, "oldest_s": None, "dead": None},
        "loop_lag_ms": {"p50": None, "p99": None, "max": None},
    }


def screen(snapshot: dict[str, Any]) -> Group:
    """What `status` shows of this answer of the agent."""
    return Group(_head(snapshot), "", _devices(snapshot), "", _containers(snapshot))


def _head(snapshot: dict[str, Any]) -> Table:
    lines = Table.grid(padding=(0, 2))
    items = snapshot["session"]["items"] if snapshot["session"] else None
    session = "closed" if items is None else f"open, {len(items)} registered"
    outbox, lag = snapshot["outbox"], snapshot["loop_lag_ms"]
    lines.add_row("[bold]befresh-agent", f"{snapshot['version']}, {'ready' if snapshot['ready'] else 'starting'}")
    lines.add_row("[bold]session", session)
    lines.add_row("[bold]queue", _queue(outbox))
    lines.add_row("[bold]loop lag", f"p50 {lag['p50']} ms, p99 {lag['p99']} ms, worst {lag['max']} ms")
    return lines


def _queue(outbox: dict[str, Any]) -> Text:
    if error := outbox.get("error"):
        return Text(error, style="bold red")
    unnamed = f", {outbox['unnamed']} without a name" if outbox.get("unnamed") else ""
    broker = ("; the broker is out of reach: " + outbox["broker"], "yellow") if outbox.get("broker") else ""
    return Text.assemble(f"{outbox['waiting']} waiting, {outbox['dead']} dead{unnamed}", broker)


def _devices(snapshot: dict[str, Any]) -> Table:
    table = Table("device", "state", "since", "detail", box=None, header_style="bold")
    for name, device in snapshot["devices"].items():
        state = Text(device["state"], style=_STYLE.get(device["state"], ""))
        table.add_row(name, state, _moment(device["since"]), Text(device["detail"]))
    return table


def _containers(snapshot: dict[str, Any]) -> Table:
    address = Column("container", min_width=len("FB:89:EB:22:95:84"))  # half an address is of no use to anybody
    others = ("state", "last reading", "°C", "%", "NH3", "good visits", "signal")
    table = Table(address, *others, box=None, header_style="bold")
    for one in snapshot["containers"]:
        state = Text("absent", style="yellow") if one["absent"] else Text("here", style="green")
        values = one["values"] or {}
        shown = [
            "" if (value := values.get(name)) is None else str(value) for name in ("temperature", "humidity", "nh3")
        ]
        signal = "" if one["signal_dbm"] is None else f"{one['signal_dbm']} dBm"
        table.add_row(one["address"], state, _age(one["age_s"]), *shown, Text(_visits(one)), signal)
    return table


def _visits(one: dict[str, Any]) -> str:
    if one["broadcasts"]:
        trouble: str | None = one["trouble"]
        return trouble or "broadcasts"
    if one["success_rate"] is None:
        return ""
    return f"{one['success_rate']:.0%} of {one['visits']}, {one['visit_s']:.1f} s each"


def _moment(iso: str) -> str:
    """The time of day, which is what a person compares with the clock on the wall."""
    return iso[11:19]


def _age(seconds: float | None) -> str:
    if seconds is None:
        return "never"
    return f"{seconds:.0f} s ago" if seconds < 120 else f"{seconds / 60:.0f} min ago"
