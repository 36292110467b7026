"""`befresh-agent doctor`: examines the machine, tries the software, packs what a helper needs to see."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from befresh_agent.cli.options import ConfigFile, Json
from befresh_agent.doctor.bundle import bundle
from befresh_agent.doctor.check import CheckResult, CheckState, worst
from befresh_agent.doctor.checks.services import NAME as SETTINGS
from befresh_agent.doctor.checkup import checkup
from befresh_agent.doctor.self_test import self_test
from befresh_agent.errors import WRONG_SETTINGS

_MARKS = {
    CheckState.OK: "[green]✓[/]",
    CheckState.ABSENT: "[dim]·[/]",
    CheckState.WARNING: "[yellow]![/]",
    CheckState.BROKEN: "[bold red]✕[/]",
}


def doctor(
    config: ConfigFile = None,
    as_json: Json = False,
    archive: Annotated[
        Path | None,
        typer.Option("--bundle", metavar="FILE", help="Pack findings and log for a helper, without secrets."),
    ] = None,
    trials: Annotated[
        bool, typer.Option("--self-test", help="Try vision, voice and outbox instead, without any device.")
    ] = False,
) -> None:
    """Check everything the agent needs and say what to do; ends with 1 when something is broken.

    The self-test ends with 78 when nothing but the settings is wrong: an update does not hold that against a release.
    """
    checks = asyncio.run(self_test(config) if trials else checkup(config))
    packed = asyncio.run(bundle(archive, checks, config)) if archive else []
    found = worst(checks)
    if as_json:
        typer.echo(json.dumps({"worst": found, "checks": [one.to_json() for one in checks]}, ensure_ascii=False))
    else:
        _show(checks)
    if packed:
        typer.echo(f"wrote {archive}: {', '.join(packed)}; look through it before you send it", err=True)
    settings_alone = trials and {check.name for check in checks if check.state is CheckState.BROKEN} == {SETTINGS}
    raise typer.Exit(WRONG_SETTINGS if settings_alone else int(found is CheckState.BROKEN))


def _show(checks: list[CheckResult]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    width = max(len(check.name) for check in checks)
    for check in checks:
        style = "dim" if check.state is CheckState.ABSENT else ""
        detail = escape(f"{check.name:<{width}}  {check.detail}")
        console.print(f"{_MARKS[check.state]} {f'[{style}]{detail}[/]' if style else detail}")
        if check.remedy:
            console.print(f"  {'':<{width}}  [bold]→ {escape(check.remedy)}[/]")
    console.print(_verdict(checks))


def _verdict(checks: list[CheckResult]) -> str:
    """It stands alone in the line about an update whose self-test failed: so it names what is broken."""
    broken = [check.name for check in checks if check.state is CheckState.BROKEN]
    warnings = sum(check.state is CheckState.WARNING for check in checks)
    if broken:
        names = escape(f"{len(broken)} broken: {', '.join(broken)}")
        return f"\n[bold red]{names}[/]" + (f"; {warnings} to look after" if warnings else "")
    return f"\n[yellow]nothing broken, {warnings} to look after[/]" if warnings else "\n[green]all is well[/]"
