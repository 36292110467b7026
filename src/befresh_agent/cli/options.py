"""Options, arguments and output files that several commands share."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.errors import BefreshError, InvalidValue, told
from befresh_agent.runtime.remedies import user_name
from befresh_agent.settings.loader import CONFIG_VARIABLE

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", help="Settings file.", envvar=CONFIG_VARIABLE, show_default="/etc/befresh-agent/config.toml"
    ),
]

Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]

_FIRST_YEAR, _LAST_YEAR = 1970, 2999

DryRun = Annotated[bool, typer.Option("--dry-run", help="Of the dry run, where the agent is installed as a service.")]


def _within_reason(day: datetime | None) -> datetime | None:
    """Days beyond these cannot be reckoned with: there is none before the first and none after the last."""
    if day is not None and not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise typer.BadParameter(f"{day:%Y-%m-%d}: give a day between {_FIRST_YEAR} and {_LAST_YEAR}")
    return day


def day_option(help: str, *, show_default: str | bool = True, formats: Sequence[str] = ("%Y-%m-%d",)) -> Any:
    """An option that takes a day."""
    return typer.Option(formats=list(formats), help=help, show_default=show_default, callback=_within_reason)


def address_of(text: str) -> Address:
    try:
        return parse_address(text)
    except InvalidValue as error:
        raise typer.BadParameter(str(error)) from error


Output = Annotated[Path | None, typer.Option("--output", "-o", help="The file to write; else it is printed.")]

ContainerArgument = Annotated[
    str, typer.Argument(metavar="CONTAINER", help="Its address or name, or the first letters of either.")
]

AddressArgument = Annotated[
    Address, typer.Argument(metavar="ADDRESS", help="A Bluetooth address: FB:89:EB:22:95:84.", parser=address_of)
]


@contextlib.contextmanager
def written(output: Path | None, encoding: str = "utf-8") -> Iterator[TextIO]:
    """The file, else what is printed. Raises `BefreshError` where the file cannot be written."""
    if output is None:
        yield sys.stdout
        return
    try:
        with output.open("w", encoding=encoding, newline="") as file:
            yield file
    except PermissionError as error:
        who = user_name(os.geteuid())
        raise BefreshError(f"{output}: {who} may not write there; leave --output away, and add > {output}") from error
    except OSError as error:
        raise BefreshError(told(error, output)) from error
