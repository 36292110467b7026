"""`befresh-agent plan`: how old readings get and how busy the radio is, for a number of containers."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from befresh_agent.cli.options import ConfigFile, Json
from befresh_agent.configuration import load
from befresh_agent.simulation.planning import Plan, simulate


def plan(
    containers: Annotated[int, typer.Option(help="How many containers there are.", min=1, max=1000)],
    dead: Annotated[int, typer.Option(help="How many of them never answer.", min=0)] = 0,
    hours: Annotated[float, typer.Option(help="How long to simulate.", min=0.1, max=10_000)] = 48,
    seed: Annotated[int, typer.Option(help="Another seed, other chances.")] = 0,
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Simulate the rotation in virtual time: how old readings get, how busy the radio is."""
    if dead > containers:
        raise typer.BadParameter(f"of {containers} containers {dead} cannot be dead", param_hint="--dead")
    settings = load(config).settings.containers
    planned = simulate(settings, containers=containers, dead=dead, hours=hours, seed=seed)
    if as_json:
        typer.echo(json.dumps(to_json(planned)))
    else:
        Console().print(_table(planned))


def to_json(planned: Plan) -> dict[str, Any]:
    gaps = planned.healthy_gap_min
    return {
        "containers": planned.containers,
        "dead": planned.dead,
        "hours": int(planned.hours) if planned.hours.is_integer() else planned.hours,
        "healthy_gap_min": None
        if gaps is None
        else {"mean": round(gaps.mean, 1), "p95": round(gaps.p95, 1), "max": round(gaps.max, 1)},
        "radio_busy": round(planned.radio_busy, 2),
    }


def _table(planned: Plan) -> Table:
    figures = to_json(planned)
    table = Table(box=None, show_header=False)
    table.add_row("containers", f"{planned.containers}, {planned.dead} of them dead")
    table.add_row("simulated", f"{planned.hours:g} hours")
    if gaps := figures["healthy_gap_min"]:
        table.add_row("minutes between readings", f"mean {gaps['mean']}   p95 {gaps['p95']}   max {gaps['max']}")
    table.add_row("radio busy", f"{planned.radio_busy:.0%}")
    return table
