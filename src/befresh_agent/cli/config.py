"""`befresh-agent config`: write a default file, check one, show what is in force."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from befresh_agent.cli.config_template import template
from befresh_agent.cli.options import ConfigFile, Json
from befresh_agent.configuration import Configuration, keys, load

app = typer.Typer(help="Write, check and show the settings.", no_args_is_help=True)


@app.command()
def init(path: Annotated[Path, typer.Argument(help="Where to write; `-` prints it.")] = Path("-")) -> None:
    """Write a settings file with every setting, its default and what it means."""
    if str(path) == "-":
        typer.echo(template(), nl=False)
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(template())
        path.chmod(0o600)
    except FileExistsError:
        typer.echo(f"{path} exists already; it is left as it is", err=True)
        raise typer.Exit(1) from None
    except OSError as error:
        typer.echo(f"{path}: {error.strerror}", err=True)
        raise typer.Exit(1) from None
    typer.echo(f"wrote {path}")


@app.command()
def check(config: ConfigFile = None, as_json: Json = False) -> None:
    """Say whether the settings are right; ends with 78 when they are not."""
    configuration = load(config)
    if as_json:
        typer.echo(json.dumps({"ok": True, "file": str(configuration.file) if configuration.file else None}))
    else:
        typer.echo(f"good: {configuration.file or 'no settings file, all defaults'}")


@app.command()
def show(config: ConfigFile = None, as_json: Json = False) -> None:
    """Show every setting in force and where it comes from; secrets are masked."""
    configuration = load(config)
    if as_json:
        typer.echo(json.dumps(configuration.settings.model_dump(mode="json"), ensure_ascii=False))
    else:
        Console().print(_table(configuration))


def _table(configuration: Configuration) -> Table:
    table = Table("setting", "value", "from", box=None, header_style="bold")
    values = configuration.settings.model_dump(mode="json")
    for key in keys():
        section, _, field = key.partition(".")
        value = values[section][field]
        source = configuration.sources.get(key, "default")
        table.add_row(key, Text("" if value is None else str(value)), Text(source))
    return table
