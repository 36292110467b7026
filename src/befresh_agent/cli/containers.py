"""`befresh-agent containers`: the roster, codes to stick on containers, and `export` and `sheet` of what they said.

`read` and `scan` are in `containers_live.py`.
"""

import json
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import typer

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli import listing
from befresh_agent.cli.agent_data import meant, with_database
from befresh_agent.cli.containers_live import read, scan
from befresh_agent.cli.labels import qr
from befresh_agent.cli.listing import moment, screen_width, show, table
from befresh_agent.cli.options import (
    AddressArgument,
    ConfigFile,
    ContainerArgument,
    DryRun,
    Json,
    Output,
    day_option,
    written,
)
from befresh_agent.domain.container import Address
from befresh_agent.domain.food_names import typed_name
from befresh_agent.domain.messages import values_of
from befresh_agent.domain.phrase import Language
from befresh_agent.errors import InvalidValue
from befresh_agent.history.records import HistoryRecords
from befresh_agent.i18n.words import language_of_terminal
from befresh_agent.settings.loader import load_settings
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory
from befresh_agent.storage.roster import ContainerNames, ContainerRoster, RosterEntry

Containers = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[CONTAINER]...", help="By address or name, or their first letters; all that are remembered when none."
    ),
]


def export(
    containers: Containers = None,
    csv: Annotated[bool, typer.Option("--csv/--json", help="Comma-separated values, or JSON lines.")] = True,
    since: Annotated[datetime | None, day_option("The first day.", show_default="all")] = None,
    until: Annotated[datetime | None, day_option("The last day.", show_default="today")] = None,
    output: Output = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Write every remembered reading, one a line, for a spreadsheet."""
    today = _today()
    first, last = since.date() if since else today - timedelta(days=366), until.date() if until else today
    form: Literal["csv", "json"] = "csv" if csv else "json"

    async def work(records: HistoryRecords, addresses: Sequence[Address]) -> None:
        # Spreadsheets take a file for Korean only when it begins with a mark.
        with written(output, "utf-8-sig" if csv else "utf-8") as file:
            async for lines in records.lines(addresses, first, last, form):
                file.write(lines)

    _with_records(work, containers or (), config, dry_run=dry_run)


def sheet(
    containers: Containers = None,
    day: Annotated[datetime | None, day_option("The day.", show_default="today")] = None,
    language: Annotated[Language | None, typer.Option(help="Its language.", show_default="this machine's")] = None,
    output: Output = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Write the daily sheet, a page a container, to be printed by a browser and signed."""
    chosen = language or language_of_terminal(os.environ, "utf-8")

    async def work(records: HistoryRecords, addresses: Sequence[Address]) -> None:
        html = await records.sheet(addresses, day.date() if day else _today(), chosen)
        with written(output, "utf-8") as file:
            file.write(html)

    _with_records(work, containers or (), config, dry_run=dry_run)


def _with_records(
    work: Callable[[HistoryRecords, Sequence[Address]], Awaitable[None]],
    containers: Sequence[str],
    config: Path | None,
    *,
    dry_run: bool,
) -> None:
    settings, clock = load_settings(config).settings, SystemClock()

    async def look(database: Database) -> None:
        addresses = [await meant(typed, database, clock) for typed in containers]
        records = HistoryRecords(ReadingHistory(database), settings.containers, clock, fridge_id=settings.fridge.id)
        await work(records, addresses)

    with_database(look, settings, dry_run=dry_run)


def _today() -> date:
    return SystemClock().now().date()


T = TypeVar("T")

app = typer.Typer(help="The containers of this fridge.", no_args_is_help=True)

app.command()(read)

app.command()(scan)

app.command()(export)

app.command()(sheet)

app.command()(qr)


def _name_of(text: str) -> str:
    try:
        return typed_name(text)
    except InvalidValue as error:
        raise typer.BadParameter(str(error)) from error


@app.command("list")
def list_(config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Show who is read, and what each said last."""

    async def work(database: Database) -> tuple[tuple[RosterEntry, ...], Mapping[Address, str]]:
        return await ContainerRoster(database, SystemClock()).list(), await ContainerNames(database).all()

    entries, names = _do(work, config, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps([_entry(entry, names) for entry in entries], ensure_ascii=False))
    elif entries:
        titles = ("container", "name", "last reading", *listing.titles(), "broadcasts", "on the roster since")
        show(table(titles, [_row(entry, names) for entry in entries], screen_width(), spare=1))
    else:
        typer.echo("no containers")


@app.command()
def add(
    address: AddressArgument,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it, in this house.", parser=_name_of)
    ] = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Put a container on the roster; a running agent reads it next."""

    async def work(database: Database) -> bool:
        added = await ContainerRoster(database, SystemClock()).add(address)
        if name is not None:
            await ContainerNames(database).set_name(address, name)
        return added

    added = _do(work, config, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({"address": address, "added": added} | ({"name": name} if name else {})))
    else:
        called = f", and is called {name}" if name else ""
        typer.echo(f"{address}: {'added' if added else 'was on the roster already'}{called}")


@app.command()
def remove(
    container: ContainerArgument, config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Take a container off the roster; ends with 1 when it was not on it."""

    async def work(database: Database) -> tuple[Address, bool]:
        address = await meant(container, database, SystemClock())
        return address, await ContainerRoster(database, SystemClock()).remove(address)

    address, removed = _do(work, config, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({"address": address, "removed": removed}))
    else:
        typer.echo(f"{address}: {'removed' if removed else 'was not on the roster'}")
    if not removed:
        raise typer.Exit(1)


@app.command()
def renew(
    container: ContainerArgument, config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False
) -> None:
    """Take it for a new one after its battery was changed: an encrypted container then counts anew."""

    async def work(database: Database) -> tuple[Address, bool]:
        address = await meant(container, database, SystemClock())
        return address, await ContainerRoster(database, SystemClock()).renew(address)

    address, renewed = _do(work, config, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps({"address": address, "renewed": renewed}))
    else:
        typer.echo(f"{address}: {'may count anew' if renewed else 'was not on the roster'}")
    if not renewed:
        raise typer.Exit(1)


def _do(work: Callable[[Database], Awaitable[T]], config: Path | None, *, dry_run: bool) -> T:
    """Containers may be put on the roster before the agent has ever run."""
    return with_database(work, load_settings(config).settings, dry_run=dry_run, may_begin=True)


def _entry(entry: RosterEntry, names: Mapping[Address, str]) -> dict[str, Any]:
    return {
        "address": entry.address,
        "name": names.get(entry.address),
        "added": entry.added.isoformat(timespec="seconds"),
        "last": entry.last.taken_at.isoformat(timespec="seconds") if entry.last else None,
        "clock_synced": entry.last.clock_synced if entry.last else None,
        "broadcasts": entry.broadcasts,
        "values": _values(entry),
    }


def _values(entry: RosterEntry) -> dict[str, Any] | None:
    return dict(json.loads(values_of(entry.last.values).to_bytes())) if entry.last else None


def _row(entry: RosterEntry, names: Mapping[Address, str]) -> list[str]:
    last = moment(entry.last.taken_at) if entry.last else "never"
    broadcasts = "yes" if entry.broadcasts else ""
    values = listing.cells(_values(entry))
    return [entry.address, names.get(entry.address, ""), last, *values, broadcasts, moment(entry.added)]
