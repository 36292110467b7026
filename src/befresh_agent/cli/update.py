"""`befresh-agent update`: hands over to the updater, which lives outside the releases so that none can break it."""

import os
from pathlib import Path
from typing import Annotated

import typer

from befresh_agent.cli.options import Json
from befresh_agent.errors import BefreshError

UPDATER = Path("/opt/befresh-agent/updater/befresh-update")


def update(
    check: Annotated[bool, typer.Option("--check", help="Only look whether there is a newer release.")] = False,
    rollback: Annotated[bool, typer.Option("--rollback", help="Go back to the release before.")] = False,
    status: Annotated[
        bool, typer.Option("--status", help="What runs, what it follows, how the last run ended.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Install the newest release, watch it, and go back by itself when it is not well (needs root).

    Ends with 0 when all is good, 1 when it failed and the release from before runs, 75 when somebody uses the fridge.
    """
    chosen = [word for word, on in (("--check", check), ("--rollback", rollback), ("--status", status)) if on]
    if len(chosen) > 1:
        raise typer.BadParameter(f"{chosen[0]} and {chosen[1]} do not go together")
    if not UPDATER.exists():
        raise BefreshError("the agent is not installed as a service here; update this checkout with git pull")
    os.execv(UPDATER, [str(UPDATER), "update", *chosen, *(["--json"] if as_json else [])])
