"""`befresh-agent containers qr`: codes to print and to stick on containers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.agent_data import with_database
from befresh_agent.cli.options import ConfigFile, DryRun, Output, address_of, written
from befresh_agent.domain.container import Address
from befresh_agent.errors import BefreshError
from befresh_agent.history.labels import Label, code, sheet_of_labels
from befresh_agent.settings.loader import load_settings
from befresh_agent.storage.database import Database
from befresh_agent.storage.roster import ContainerNames, ContainerRoster


def qr(
    addresses: Annotated[
        list[str] | None, typer.Argument(metavar="[ADDRESS]...", help="All that are on the roster when none.")
    ] = None,
    name: Annotated[str, typer.Option(help="What stands under it, where there is one address.")] = "",
    copies: Annotated[int, typer.Option(help="Labels for each.", min=1, max=50)] = 1,
    output: Output = None,
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Make a sheet of labels, 2 cm wide, to be printed by a browser; without --output, show one code here."""
    given = [address_of(typed) for typed in addresses or ()]
    if name and len(given) != 1:
        raise typer.BadParameter("--name belongs to one address")
    labels = [Label(given[0], name)] if name else _labels(given, config, dry_run=dry_run)
    if not labels:
        raise BefreshError("there are no containers yet; give an address: befresh-agent containers scan shows them")
    if output is None and len(labels) == 1 and copies == 1:
        code(labels[0].address).terminal(compact=True)
        typer.echo(f"{labels[0].name} {labels[0].address}".strip())
        return
    with written(output, "utf-8") as file:
        file.write(sheet_of_labels(labels, copies))


def _labels(given: Sequence[Address], config: Path | None, *, dry_run: bool) -> list[Label]:
    """With the names of this house, where there is a database that has them."""

    async def work(database: Database) -> list[Label]:
        names = await ContainerNames(database).all()
        there = given or [entry.address for entry in await ContainerRoster(database, SystemClock()).list()]
        return [Label(address, names.get(address, "")) for address in there]

    try:
        return with_database(work, load_settings(config).settings, dry_run=dry_run)
    except BefreshError:
        if given:
            return [Label(address) for address in given]
        raise
