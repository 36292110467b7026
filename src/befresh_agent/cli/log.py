"""`befresh-agent log`: the sealed log, exported for an inspector and verified; and what a person did about an alarm."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.agent_data import with_database
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.domain.visible import plain
from befresh_agent.errors import BefreshError
from befresh_agent.runtime.sealed_log import verify as verified
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import state_dir
from befresh_agent.storage.database import Database
from befresh_agent.storage.sealed_rows import GAP_PERIODS, SealedLog, SealKey

T = TypeVar("T")

app = typer.Typer(help="The sealed log: export, verify, and note what was done.", no_args_is_help=True)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to write.")],
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Write the whole log, behind a line that signs it."""

    async def work(database: Database, log: SealedLog) -> list[str]:
        return await database.run(lambda c: list(log.export(c, SystemClock().now())))

    lines = _do(work, load_settings(config).settings, dry_run=dry_run)
    file.write_text("".join(lines), encoding="utf-8")
    typer.echo(f"{file}: {len(lines) - 1} rows")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="An export.", exists=True, dir_okay=False)],
    key: Annotated[str, typer.Option(help="The fridge's public key, as its daily sheet shows it.")] = "",
    as_json: Json = False,
) -> None:
    """Say whether an export is what the fridge wrote; ends with 1 and the first bad line when it is not."""
    if not file.is_file():  # a pipe or a device might never end
        raise BefreshError(f"{file} is no file")
    with file.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        found = verified(lines, key)
    if as_json:
        typer.echo(
            json.dumps({"rows": found.rows, "key": found.key, "bad_line": found.bad_line, "why": found.why or None})
        )
    elif found.bad_line is None:
        typer.echo(f"good: {found.rows} rows, signed by {found.key}")
    else:
        typer.echo(f"line {found.bad_line}: {found.why}; {found.rows} good rows before it")
    if found.bad_line is not None:
        raise typer.Exit(1)


@app.command()
def note(
    who: Annotated[str, typer.Option(help="Who did it.")],
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What was seen or done.")],
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Add who did what about an alarm; nothing is ever taken out again."""

    async def work(database: Database, log: SealedLog) -> None:
        data = {"who": plain(who), "what": plain(what)}
        await database.run(lambda c: log.append(c, SystemClock().now(), "action", data))

    _do(work, load_settings(config).settings, dry_run=dry_run)
    typer.echo("noted")


@app.command()
def key(config: ConfigFile = None, dry_run: DryRun = False) -> None:
    """Print this fridge's public key."""
    settings = load_settings(config).settings
    typer.echo(_key(settings, dry_run=dry_run).public)


def _key(settings: Settings, *, dry_run: bool) -> SealKey:
    """The agent makes it, with `delivery.sealed_log`, when it starts."""
    return SealKey(state_dir(settings.agent, dry_run=dry_run), may_begin=False)


def _do(work: Callable[[Database, SealedLog], Awaitable[T]], settings: Settings, *, dry_run: bool) -> T:
    boxes = settings.containers
    allowed, gap_s = (boxes.lowest_c, boxes.highest_c), GAP_PERIODS * boxes.period_s
    log = SealedLog(_key(settings, dry_run=dry_run), allowed=allowed, gap_s=gap_s)
    return with_database(lambda database: work(database, log), settings, dry_run=dry_run)
