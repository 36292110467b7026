"""`befresh-agent plan`: how old readings get and how busy the radio is, for a number of containers."""

import json
from typing import Annotated, Any

import typer

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.agent_data import with_database
from befresh_agent.cli.listing import ProgressLine, facts, screen_width, show
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.containers.planning import RotationPlan, simulate
from befresh_agent.domain.visit_times import MeasuredVisits, field_visit, measured
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import Settings
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.visit_log import VisitLog


def plan(
    containers: Annotated[
        int | None, typer.Option(help="How many containers there are.", min=1, max=1000, show_default=False)
    ] = None,
    dead: Annotated[int | None, typer.Option(help="How many of them never answer.", min=0, show_default="0")] = None,
    hours: Annotated[float, typer.Option(help="How long to simulate.", min=0.1, max=10_000)] = 48,
    seed: Annotated[int, typer.Option(help="Another seed, other chances.")] = 0,
    from_history: Annotated[
        bool, typer.Option("--from-history", help="With the visits that this fridge has measured, and its containers.")
    ] = False,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Simulate the rotation in virtual time: how old readings get, how busy the radio is."""
    settings = load_settings(config).settings
    known = _known(settings, dry_run=dry_run) if from_history else None
    count, missing = _sizes(containers, dead, known)
    with ProgressLine("simulating") as progress:
        planned = simulate(
            settings.containers,
            containers=count,
            dead=missing,
            hours=hours,
            seed=seed,
            radios=len(settings.containers.adapters) if known else 1,
            visits=known.draw_visit if known else field_visit,
            progress=progress.at,
        )
    if as_json:
        typer.echo(json.dumps(to_json(planned) | ({"measured": _measured(known)} if known else {})))
    else:
        show(facts(_facts(planned, known), screen_width()))


def _sizes(containers: int | None, dead: int | None, known: MeasuredVisits | None) -> tuple[int, int]:
    """How many containers there are and how many of them are dead: as asked for, else as this fridge has them."""
    if containers is None and known is None:
        raise typer.BadParameter("say how many, or take this fridge's with --from-history", param_hint="--containers")
    count = known.containers if containers is None and known else containers or 0
    missing = dead if dead is not None else known.dead if containers is None and known else 0
    if missing > count:
        raise typer.BadParameter(f"of {count} containers {missing} cannot be dead", param_hint="--dead")
    return count, missing


def _known(settings: Settings, *, dry_run: bool) -> MeasuredVisits:
    async def look(database: Database) -> MeasuredVisits:
        connected_to = {
            one.address for one in await ContainerRoster(database, SystemClock()).list() if not one.broadcasts
        }
        histories = await VisitLog(database).all()
        return measured([history for history in histories if history.address in connected_to])

    return with_database(look, settings, dry_run=dry_run)


def to_json(planned: RotationPlan) -> dict[str, Any]:
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


def _measured(known: MeasuredVisits) -> dict[str, Any]:
    return {
        "visits": len(known.visits),
        "success_rate": round(known.success_rate, 3),
        "visit_s": round(known.visit_s, 1),
    }


def _facts(planned: RotationPlan, known: MeasuredVisits | None) -> list[tuple[str, str]]:
    figures = to_json(planned)
    found = [("containers", f"{planned.containers}, {planned.dead} of them dead")]
    if known:
        visits = f"{len(known.visits)} of this fridge, {known.success_rate:.0%} good, {known.visit_s:.1f} s on average"
        found.append(("visits", visits))
    found.append(("simulated", f"{planned.hours:g} hours"))
    if gaps := figures["healthy_gap_min"]:
        words = f"mean {gaps['mean']}   p95 {gaps['p95']}   max {gaps['max']}"
        found.append(("minutes between readings", words))
    return [*found, ("radio busy", f"{planned.radio_busy:.0%}")]
