"""`befresh-agent wake`: plays recordings to the wake-word engine, to measure a phrase before relying on it."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from befresh_agent.cli.options import ConfigFile, Json
from befresh_agent.configuration import load
from befresh_agent.errors import DeviceError
from befresh_agent.voice.options import options_of
from befresh_agent.voice.parts import wake_maker
from befresh_agent.voice.wake.trial import Trial, try_recording


def wake(
    recordings: Annotated[list[Path], typer.Argument(help="WAV files: of the phrase, and of others like it.")],
    config: ConfigFile = None,
    as_json: Json = False,
) -> None:
    """Say in which recordings the wake phrase is heard, and at what cost."""
    settings = load(config).settings
    make = wake_maker(options_of(settings.voice, settings.secrets))
    if make is None:
        raise DeviceError("nobody listens for a wake phrase", remedy="set voice.wake")
    for recording in recordings:
        trial = try_recording(make, recording)
        typer.echo(json.dumps(asdict(trial), default=str) if as_json else _line(trial))


def _line(trial: Trial) -> str:
    heard = ", ".join(f"{second:.1f} s" for second in trial.heard_at)
    return f"{trial.file}: {f'heard at {heard}' if heard else 'not heard'} ({trial.cpu_share:.1%} of one core)"
