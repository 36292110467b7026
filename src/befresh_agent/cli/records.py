"""`befresh-agent containers export` and `sheet`: what containers said, for spreadsheets and for an inspector."""

import asyncio
import contextlib
import locale
import sys
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Literal, TextIO

import typer

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.cli.options import ConfigFile, DryRun, address_of
from befresh_agent.configuration import load
from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.errors import BefreshError
from befresh_agent.places import database_file, state_dir
from befresh_agent.record.history import History
from befresh_agent.record.records import Records

Addresses = Annotated[
    list[Address] | None,
    typer.Argument(metavar="[ADDRESS]...", help="Containers; all that are remembered when none.", parser=address_of),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write; else it is printed.")]
_DAY = ["%Y-%m-%d"]


def export(
    addresses: Addresses = None,
    csv: Annotated[bool, typer.Option("--csv/--json", help="Comma-separated values, or JSON lines.")] = True,
    since: Annotated[datetime | None, typer.Option(formats=_DAY, help="The first day.", show_default="all")] = None,
    until: Annotated[datetime | None, typer.Option(formats=_DAY, help="The last day.", show_default="today")] = None,
    output: Output = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Write every remembered reading, one a line, for a spreadsheet."""
    today = _today()
    first, last = since.date() if since else today - timedelta(days=366), until.date() if until else today
    form: Literal["csv", "json"] = "csv" if csv else "json"

    async def work(records: Records) -> None:
        # Spreadsheets take a file for Korean only when it begins with a mark.
        with _written(output, "utf-8-sig" if csv else "utf-8") as file:
            async for lines in records.lines(addresses or (), first, last, form):
                file.write(lines)

    _with_records(work, config, dry_run)


def sheet(
    addresses: Addresses = None,
    day: Annotated[datetime | None, typer.Option(formats=_DAY, help="The day.", show_default="today")] = None,
    language: Annotated[
        Literal["ko", "en"] | None, typer.Option(help="Its language.", show_default="this machine's")
    ] = None,
    output: Output = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Write the daily sheet, a page a container, to be printed by a browser and signed."""
    chosen = language or _own_language()

    async def work(records: Records) -> None:
        html = await records.sheet(addresses or (), day.date() if day else _today(), chosen)
        with _written(output, "utf-8") as file:
            file.write(html)

    _with_records(work, config, dry_run)


def _with_records(work: Callable[[Records], Awaitable[None]], config: Path | None, dry_run: bool) -> None:
    settings = load(config).settings
    file = database_file(state_dir(settings.agent, dry_run=dry_run))

    async def look() -> None:
        async with Database(file, size_mb=settings.delivery.size_mb, owner=False) as database:
            history = History(database)
            await work(Records(history, settings.containers, SystemClock(), fridge_id=settings.fridge.id))

    asyncio.run(look())


@contextlib.contextmanager
def _written(output: Path | None, encoding: str) -> Iterator[TextIO]:
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding=encoding, newline="") as file:
            yield file
    except OSError as error:
        raise BefreshError(f"{output}: {error.strerror}") from error


def _today() -> date:
    return SystemClock().now().date()


def _own_language() -> Literal["ko", "en"]:
    return "ko" if (locale.getlocale()[0] or "").startswith("ko") else "en"
