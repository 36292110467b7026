"""`befresh-agent containers`: the roster. `read`, `scan` are in `on_air.py`, `export`, `sheet` in `records.py`."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.cli.on_air import read, scan
from befresh_agent.cli.options import AddressArgument, ConfigFile, DryRun, Json
from befresh_agent.cli.records import export, sheet
from befresh_agent.configuration import load
from befresh_agent.containers.roster import Entry, Roster
from befresh_agent.database import Database
from befresh_agent.domain.messages import values_of
from befresh_agent.places import database_file, state_dir

T = TypeVar("T")

app = typer.Typer(help="The containers of this fridge.", no_args_is_help=True)
app.command()(read)
app.command()(scan)
app.command()(export)
app.command()(sheet)


@app.command("list")
def list_(config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Show who is read, and what each said last."""
    entries = _with_roster(lambda roster: roster.list(), config, dry_run)
    if as_json:
        typer.echo(json.dumps([_entry(entry) for entry in entries]))
    else:
        Console().print(_table(entries) if entries else "no containers")


@app.command()
def add(address: AddressArgument, config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Put a container on the roster; a running agent reads it next."""
    added = _with_roster(lambda roster: roster.add(address), config, dry_run)
    if as_json:
        typer.echo(json.dumps({"address": address, "added": added}))
    else:
        typer.echo(f"{address}: {'added' if added else 'was on the roster already'}")


@app.command()
def remove(address: AddressArgument, config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Take a container off the roster; ends with 1 when it was not on it."""
    removed = _with_roster(lambda roster: roster.remove(address), config, dry_run)
    if as_json:
        typer.echo(json.dumps({"address": address, "removed": removed}))
    else:
        typer.echo(f"{address}: {'removed' if removed else 'was not on the roster'}")
    if not removed:
        raise typer.Exit(1)


def _with_roster(work: Callable[[Roster], Awaitable[T]], config: Path | None, dry_run: bool) -> T:
    settings = load(config).settings
    file = database_file(state_dir(settings.agent, dry_run=dry_run))
    # Containers may be put on the roster before the agent has ever run: then there is no file yet.
    owner = not file.exists()
    world = "simulated" if dry_run else "real"

    async def look() -> T:
        async with Database(file, size_mb=settings.delivery.size_mb, world=world, owner=owner) as database:
            return await work(Roster(database, SystemClock()))

    return asyncio.run(look())


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "address": entry.address,
        "added": entry.added.isoformat(timespec="seconds"),
        "last": entry.last.taken_at.isoformat(timespec="seconds") if entry.last else None,
        "clock_synced": entry.last.clock_synced if entry.last else None,
        "broadcasts": entry.broadcasts,
        "values": json.loads(values_of(entry.last.values).to_bytes()) if entry.last else None,
    }


def _table(entries: tuple[Entry, ...]) -> Table:
    table = Table("container", "on the roster since", "last reading", "values", box=None, header_style="bold")
    for entry in entries:
        row = _entry(entry)
        values = "  ".join(f"{name} {value}" for name, value in (row["values"] or {}).items())
        table.add_row(entry.address, row["added"], row["last"] or "never", values)
    return table
