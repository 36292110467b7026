"""`befresh-agent wake`: plays recordings to the wake-word engine, to measure a phrase before relying on it."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from befresh_agent.cli.listing import moment, screen_width, show, table
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.cli.wake_lesson import learn
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import FRAME_BYTES, RATE
from befresh_agent.runtime.media_files import read_sound
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import state_dir
from befresh_agent.voice.process_side.factory import wake_maker
from befresh_agent.voice.process_side.interfaces import WakeDetector
from befresh_agent.voice.voice_messages import options_of
from befresh_agent.voice.wake.people import TaughtPeople, TaughtPerson, wake_folder

_ROOM = bytes([3, 0, 254, 255]) * (RATE // 2)
"""A second of almost silence after the recording, in which a phrase at its very end can be recognised."""


@dataclass(frozen=True, slots=True)
class WakeTrial:
    """What one recording brought."""

    file: Path
    seconds: float
    heard_at: tuple[float, ...]
    """Seconds from the start of the recording."""
    cpu_share: float
    """Of one core, had it been live."""


def try_recording(make: Callable[[], WakeDetector], file: Path) -> WakeTrial:
    """Play the recording to a fresh detector. Raises `DeviceError`."""
    sound, detector = read_sound(file) + _ROOM, make()
    began = time.process_time()
    ends = range(FRAME_BYTES, len(sound) + 1, FRAME_BYTES)
    heard = tuple(_seconds(end) for end in ends if detector.detects(sound[end - FRAME_BYTES : end]))
    share = (time.process_time() - began) / _seconds(len(sound))
    return WakeTrial(file, _seconds(len(sound) - len(_ROOM)), heard, share)


def _seconds(length: int) -> float:
    return length / 2 / RATE


class _WakeGroup(TyperGroup):
    """`wake RECORDING...` is short for `wake test RECORDING...`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        words = [word for word in args if not word.startswith("-")]
        if words and words[0] not in self.commands:
            args = ["test", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_WakeGroup, help="Teach the fridge a wake phrase of your own, and try phrases.", no_args_is_help=True
)

app.command()(learn)

Name = Annotated[str, typer.Argument(metavar="NAME", help="Who taught it.")]


@app.command("test")
def try_(
    recordings: Annotated[list[Path], typer.Argument(help="WAV files: of the phrase, and of others like it.")],
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Say in which recordings a wake phrase is heard, and at what cost."""
    settings = load_settings(config).settings
    household = wake_folder(state_dir(settings.agent, dry_run=dry_run))
    make = wake_maker(options_of(settings.voice, settings.secrets, household=household), doubted=lambda: None)
    if make is None:
        raise DeviceError("nobody listens for a wake phrase", remedy="set voice.wake")
    for recording in recordings:
        trial = try_recording(make, recording)
        typer.echo(json.dumps(asdict(trial), default=str) if as_json else _line(trial))


@app.command("list")
def list_(config: ConfigFile = None, dry_run: DryRun = False, as_json: Json = False) -> None:
    """Show who taught a wake phrase, and how well it did."""
    people = _people(load_settings(config).settings, dry_run=dry_run).list()
    if as_json:
        typer.echo(json.dumps([_entry(person) for person in people], ensure_ascii=False))
    elif people:
        titles = ("name", "taught", "sayings", "heard", "mistakes", "recordings kept")
        show(table(titles, [_row(person) for person in people], screen_width()))
    else:
        typer.echo("nobody has taught a wake phrase; teach one: befresh-agent wake learn")


@app.command()
def undo(name: Name, config: ConfigFile = None, dry_run: DryRun = False) -> None:
    """Take somebody's last lesson back; the one before counts again."""
    returns = _people(load_settings(config).settings, dry_run=dry_run).undo(name)
    typer.echo(
        f"the lesson before is in force again for {name}" if returns else f"the fridge no longer listens for {name}"
    )


@app.command()
def forget(
    name: Name,
    recordings: Annotated[
        bool, typer.Option("--recordings", help="Only the recordings; the phrase goes on working.")
    ] = False,
    config: ConfigFile = None,
    dry_run: DryRun = False,
) -> None:
    """Delete what somebody taught, recordings included."""
    people = _people(load_settings(config).settings, dry_run=dry_run)
    if recordings:
        typer.echo(f"{people.delete_recordings(name)} recordings of {name} are deleted")
    else:
        people.forget(name)
        typer.echo(f"the fridge no longer listens for {name}; nothing of it is kept")


def _people(settings: Settings, *, dry_run: bool) -> TaughtPeople:
    return TaughtPeople(wake_folder(state_dir(settings.agent, dry_run=dry_run)))


def _entry(person: TaughtPerson) -> dict[str, Any]:
    return person.lesson | {"name": person.name, "recordings": person.recordings}


def _row(person: TaughtPerson) -> Sequence[str]:
    told = person.lesson
    heard = f"{told.get('heard', '?')} of {told.get('tried', '?')}"
    mistakes = f"{told.get('mistakes', '?')} in {told.get('other_minutes', '?')} min"
    kept = str(person.recordings or "none")
    return person.name, moment(person.taught_at), str(told.get("sayings", "?")), heard, mistakes, kept


def _line(trial: WakeTrial) -> str:
    heard = ", ".join(f"{second:.1f} s" for second in trial.heard_at)
    return f"{trial.file}: {f'heard at {heard}' if heard else 'not heard'} ({trial.cpu_share:.1%} of one core)"
