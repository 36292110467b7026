"""`befresh-agent backup`, `restore` and `reset`: a new card in two commands, and a fridge for somebody else."""

import shutil
import time
from pathlib import Path
from typing import Annotated

import typer

from befresh_agent.cli.options import ConfigFile
from befresh_agent.errors import BefreshError
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import control_socket, database_file, runtime_dir, state_dir
from befresh_agent.status.status_socket import ask_agent
from befresh_agent.storage import backup_archive, identity
from befresh_agent.storage.backup_archive import Belongings

_STOP = "stop it first: sudo systemctl stop befresh-agent"


def backup(
    file: Annotated[Path | None, typer.Argument(help="The archive to write; it holds secrets.")] = None,
    hand_over: Annotated[
        bool, typer.Option("--hand-over", help="Another card takes over: this one does not start again.")
    ] = False,
    take_back: Annotated[bool, typer.Option("--take-back", help="It does start again after all.")] = False,
    config: ConfigFile = None,
) -> None:
    """Keep everything that makes this fridge this fridge.

    Foods, containers, settings, secrets.
    """
    settings, belongings = _here(config)
    if take_back:
        identity.change(belongings.database, identity.take_back)
        typer.echo("this card counts again; make sure that no other one runs")
        return
    if file is None:
        raise typer.BadParameter("give a file to write, such as fridge.backup")
    if hand_over:
        _nobody_runs(settings)
    names = backup_archive.write(file, belongings)
    typer.echo(f"{file}: {', '.join(names)}; keep it safe, it holds this fridge's secrets")
    if hand_over:
        identity.change(
            belongings.database, lambda connection: identity.supersede(connection, time.strftime("%Y-%m-%d %H:%M"))
        )
        typer.echo("this card does not start again; on the new one: sudo befresh-agent restore FILE")


def restore(
    file: Annotated[Path, typer.Argument(help="What `befresh-agent backup` has written.")],
    replace: Annotated[bool, typer.Option("--replace", help="Although something was registered here.")] = False,
    config: ConfigFile = None,
) -> None:
    """Make this machine that fridge.

    Its foods, containers, settings and secrets come from a backup.
    """
    settings, belongings = _here(config)
    _nobody_runs(settings)
    members = backup_archive.read(file)
    database = belongings.database
    if database.exists() and not replace and identity.holds_something(database):
        raise BefreshError(f"{database} has foods or containers of its own; --replace keeps it as {database}.before")
    if database.exists():
        database.replace(database.with_name(f"{database.name}.before"))
    for beside in database.parent.glob(f"{database.name}-*"):
        beside.unlink()
    backup_archive.put(database, members.pop("agent.db"))
    identity.change(database, identity.note_restored)
    for name, content in members.items():
        if (place := belongings.place(name)) is not None:
            backup_archive.put(place, content, 0o644 if name == "config.toml" else 0o600)
    typer.echo("restored; start it: sudo systemctl start befresh-agent. The old card must not run again")


def reset(
    yes: Annotated[bool, typer.Option("--yes", help="Really: everything that was registered is gone.")] = False,
    config: ConfigFile = None,
) -> None:
    """Forget everything that was registered.

    As if the fridge were new; settings and secrets stay.
    """
    settings, belongings = _here(config)
    state = belongings.database.parent
    if not yes:
        raise BefreshError(f"this takes away all in {state}; keep it (befresh-agent backup FILE), then add --yes")
    _nobody_runs(settings)
    for path in state.iterdir() if state.is_dir() else ():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    typer.echo("as new; start it: sudo systemctl start befresh-agent")


def _here(config: Path | None) -> tuple[Settings, Belongings]:
    configuration = load_settings(config)
    state = state_dir(configuration.settings.agent)
    file = configuration.file or Path("/etc/befresh-agent/config.toml")
    return configuration.settings, Belongings(database_file(state), file, state / "page-token")


def _nobody_runs(settings: Settings) -> None:
    if ask_agent(control_socket(runtime_dir(settings.agent))) is not None:
        raise BefreshError(f"the agent is running; {_STOP}")
