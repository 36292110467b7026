"""`befresh-agent products`: what barcodes are called here, and names from a list for those that nobody has named yet.

Looks into the database beside a running agent. Nothing is asked of the internet.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from befresh_agent.cli.agent_data import with_database
from befresh_agent.cli.listing import screen_width, show, table
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.domain.known_product import KnownProduct, RefusedLine, read_list
from befresh_agent.errors import InvalidValue, told
from befresh_agent.settings.loader import load_settings
from befresh_agent.storage import products
from befresh_agent.storage.database import Database

app = typer.Typer(help="See what barcodes are called here, and import names for others.", no_args_is_help=True)

_AT_A_TURN = 500
"""Rows of one transaction: the agent beside it waits no longer than for these."""
_SHOWN = 5
"""So many refused lines are told one by one."""


@app.command("list")
def list_(
    imported: Annotated[bool, typer.Option("--imported", help="What only lists say, not what was named here.")] = False,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Show the products that have a name here, and how many days their packs have at least."""

    async def work(database: Database) -> list[KnownProduct]:
        return await database.run(lambda c: products.known(c, own=not imported))

    found = with_database(work, load_settings(config).settings, dry_run=dry_run)
    if as_json:
        typer.echo(json.dumps([asdict(one) | {"usual_days": one.usual_days} for one in found], ensure_ascii=False))
        return
    rows = [(one.gtin, one.name, "" if one.usual_days is None else f"{one.usual_days} d or more") for one in found]
    show(table(("product", "name", "keeps usually"), rows, screen_width()) if rows else ["no products"])


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="UTF-8, its first line names columns: gtin,name")],
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Take names from a list for products that nobody here has named; ends with 1 when it holds none."""
    read = list(_read(file))
    listed = [one for one in read if isinstance(one, KnownProduct)]
    refused = [one for one in read if isinstance(one, RefusedLine)]

    async def work(database: Database) -> int:
        turns = range(0, len(listed), _AT_A_TURN)
        return sum([await _import_some(database, listed[begin : begin + _AT_A_TURN]) for begin in turns])

    taken = with_database(work, load_settings(config).settings, dry_run=dry_run) if listed else 0
    if as_json:
        typer.echo(json.dumps({"imported": taken, "refused": [asdict(one) for one in refused]}, ensure_ascii=False))
    else:
        for one in refused[:_SHOWN]:
            typer.echo(f"line {one.number}: {one.why}", err=True)
        if len(refused) > _SHOWN:
            typer.echo(f"... and {len(refused) - _SHOWN} lines more", err=True)
        typer.echo(f"imported: {taken} of {len(listed)}; the others were named here")
    if not listed:
        raise typer.Exit(1)


@app.command()
def forget(config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Forget all names that only lists say; what was named here stays."""

    async def work(database: Database) -> int:
        return await database.run(products.forget_listed)

    gone = with_database(work, load_settings(config).settings, dry_run=dry_run)
    typer.echo(json.dumps({"forgotten": gone}) if as_json else f"forgotten: {gone}")


async def _import_some(database: Database, some: Sequence[KnownProduct]) -> int:
    return await database.run(lambda c: products.import_listed(c, some))


def _read(file: Path) -> Iterator[KnownProduct | RefusedLine]:
    if file.exists() and not file.is_file():  # a pipe or a device might never end
        raise InvalidValue(f"{file}: not a file")
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            yield from read_list(lines)
    except OSError as error:
        raise InvalidValue(told(error, file)) from error
    except (UnicodeDecodeError, InvalidValue) as error:
        raise InvalidValue(f"{file}: {error}") from error
