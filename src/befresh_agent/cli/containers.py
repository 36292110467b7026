"""`befresh-agent containers`: the roster, and one visit now."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from befresh_agent.adapters.radio_bleak import BleakRadio
from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.configuration import load
from befresh_agent.containers.roster import Entry, Roster
from befresh_agent.database import Database
from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.messages import values_of
from befresh_agent.domain.reading import Measurement
from befresh_agent.errors import InvalidValue
from befresh_agent.places import database_file, state_dir
from befresh_agent.simulation.radio import SimulatedRadio

T = TypeVar("T")

app = typer.Typer(help="The containers of this fridge.", no_args_is_help=True)


def _address(text: str) -> Address:
    try:
        return parse_address(text)
    except InvalidValue as error:
        raise typer.BadParameter(str(error)) from error


AddressArgument = Annotated[
    Address, typer.Argument(metavar="ADDRESS", help="A Bluetooth address: FB:89:EB:22:95:84.", parser=_address)
]


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


@app.command()
def read(
    address: AddressArgument,
    config: ConfigFile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Over a simulated radio.")] = False,
    as_json: Json = False,
) -> None:
    """Visit a container now and tell every step; nothing is kept or sent."""
    settings = load(config).settings.containers
    radio = SimulatedRadio({address: "kimchi"}, SystemClock()) if dry_run else BleakRadio(settings)

    async def visit() -> Measurement:
        async with radio:
            return await radio.visit(address, find_s=settings.find_s, limit_s=settings.slot_s)

    began = time.monotonic()
    with _telling_steps(began):
        values = asyncio.run(visit())
    measured = json.loads(values_of(values).to_bytes())
    if as_json:
        typer.echo(json.dumps({"address": address, "seconds": round(time.monotonic() - began, 1), "values": measured}))
    else:
        Console().print(_values_table(measured))


@contextlib.contextmanager
def _telling_steps(began: float) -> Iterator[None]:
    """What the radio logs, with the seconds since the beginning, goes to stderr."""

    class Steps(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            typer.echo(f"{time.monotonic() - began:6.2f} s  {record.getMessage()}", err=True)

    log, steps = logging.getLogger("radio"), Steps()
    log.setLevel(logging.DEBUG)
    log.addHandler(steps)
    try:
        yield
    finally:
        log.removeHandler(steps)


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
        "values": json.loads(values_of(entry.last.values).to_bytes()) if entry.last else None,
    }


def _table(entries: tuple[Entry, ...]) -> Table:
    table = Table("container", "on the roster since", "last reading", "values", box=None, header_style="bold")
    for entry in entries:
        row = _entry(entry)
        values = "  ".join(f"{name} {value}" for name, value in (row["values"] or {}).items())
        table.add_row(entry.address, row["added"], row["last"] or "never", values)
    return table


def _values_table(measured: dict[str, Any]) -> Table:
    table = Table(box=None, show_header=False)
    for name, value in measured.items():
        table.add_row(name, "not read" if value is None else str(value))
    return table
