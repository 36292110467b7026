"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from befresh_agent.configuration import CONFIG_VARIABLE
from befresh_agent.domain.container import Address, parse_address
from befresh_agent.errors import InvalidValue

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", help="Settings file.", envvar=CONFIG_VARIABLE, show_default="/etc/befresh-agent/config.toml"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Of the dry run, where the agent is installed as a service.")]


def address_of(text: str) -> Address:
    try:
        return parse_address(text)
    except InvalidValue as error:
        raise typer.BadParameter(str(error)) from error


AddressArgument = Annotated[
    Address, typer.Argument(metavar="ADDRESS", help="A Bluetooth address: FB:89:EB:22:95:84.", parser=address_of)
]
