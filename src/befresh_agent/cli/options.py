"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Option(
        "--config", help="Settings file.", envvar="BEFRESH_CONFIG", show_default="/etc/befresh-agent/config.toml"
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Of the dry run, where the agent is installed as a service.")]
