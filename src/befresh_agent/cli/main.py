"""`befresh-agent`: puts the commands together and gives every ending its exit code.

0 good, 1 the thing failed, 2 wrong usage, 78 wrong settings.
"""

import io
import sys
from typing import Annotated

import typer

from befresh_agent import __version__
from befresh_agent.cli import config, containers, outbox
from befresh_agent.cli.doctor import doctor
from befresh_agent.cli.page import page
from befresh_agent.cli.plan import plan
from befresh_agent.cli.run import run
from befresh_agent.cli.scan import scan
from befresh_agent.cli.status import status
from befresh_agent.cli.update import update
from befresh_agent.cli.wake import wake
from befresh_agent.errors import BefreshError, SettingsError

WRONG_SETTINGS = 78

app = typer.Typer(
    help="The daemon that makes a fridge know its food.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(run)
app.command()(scan)
app.add_typer(containers.app, name="containers")
app.command()(plan)
app.add_typer(outbox.app, name="outbox")
app.command()(status)
app.command()(update)
app.command()(doctor)
app.command()(page)
app.command()(wake)
app.add_typer(config.app, name="config")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """The daemon that makes a fridge know its food."""


def main() -> None:
    """The console script."""
    _speak_to_any_terminal()
    try:
        app()
    except SettingsError as error:
        print(f"befresh-agent: {error}", file=sys.stderr)
        sys.exit(WRONG_SETTINGS)
    except BefreshError as error:
        print(f"befresh-agent: {error}", file=sys.stderr)
        sys.exit(1)


def _speak_to_any_terminal() -> None:
    """Korean names and marks come out as escapes where the terminal's encoding has no such letters."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
