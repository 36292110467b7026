"""`befresh-agent sound`: which cards there are, and whether the fridge hears and is heard."""

import asyncio
import json
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from befresh_agent.adapters.audio import alsa_cards
from befresh_agent.adapters.audio.alsa_cards import how_to_turn
from befresh_agent.adapters.audio.loudspeaker import PlayerSpeaker
from befresh_agent.cli.options import ConfigFile, Json
from befresh_agent.domain.sound_cards import FAINT_DB, LOUD_DB, SILENT_DB, Direction, SoundLevel, bar
from befresh_agent.errors import BefreshError, DeviceError
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import control_socket, runtime_dir
from befresh_agent.status.status_socket import ask_agent
from befresh_agent.voice.microphone_trial import record

app = typer.Typer(help="Hear the microphone and the loudspeaker, and say what to turn.", no_args_is_help=True)
_SECONDS = 3.0


@app.command("list")
def list_(as_json: Json = False) -> None:
    """Show what can record and what can play, the one that is taken first."""
    there = {str(direction): alsa_cards.there(direction) for direction in Direction}
    if as_json:
        facts = {name: [asdict(one) | {"alsa": one.alsa} for one in them] for name, them in there.items()}
        typer.echo(json.dumps(facts))
        return
    for name, them in there.items():
        typer.echo(f"{name}:" if them else f"{name}: nothing can")
        for one in them:
            typer.echo(f"  {one.title} ({one.id}): {one.alsa}")


@app.command("test")
def try_out(
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=0.5, max=30)] = _SECONDS,
    config: ConfigFile = None,
    as_json: Json = False,
    steps: Annotated[bool, typer.Option(help="With --json: each level as a line of its own, for the page.")] = False,
) -> None:
    """Record, show how loud it was, play it back, and say what to turn."""
    settings = load_settings(config).settings
    _nobody_at_the_fridge(settings)
    with tempfile.TemporaryDirectory(prefix="befresh-") as folder:
        heard = asyncio.run(_heard_and_played(settings, seconds, Path(folder), _Telling(as_json, steps)))
    if as_json:
        typer.echo(json.dumps(asdict(heard) | {"verdict": verdict(heard, settings)}))
    else:
        typer.echo(verdict(heard, settings))
    if heard.rms_db < SILENT_DB:
        raise typer.Exit(1)


@dataclass(frozen=True, slots=True)
class _Telling:
    """How a test is told while it goes on: to a person, as lines of JSON, or not at all."""

    as_json: bool
    steps: bool

    def say(self, text: str, *, end: str = "\n") -> None:
        if not self.as_json:
            typer.echo(text + end, nl=False)

    def show(self, now: SoundLevel) -> None:
        self.say(f"\r  {bar(now.peak_db)} {now.peak_db:4.0f} dB", end="")
        self.step("level", **asdict(now))

    def step(self, name: str, **values: float) -> None:
        if self.as_json and self.steps:
            typer.echo(json.dumps({"step": name} | values))


async def _heard_and_played(settings: Settings, seconds: float, folder: Path, telling: _Telling) -> SoundLevel:
    telling.say(f"say something for {seconds:g} seconds:")
    heard = await record(settings.voice, seconds, folder / "heard.wav", telling.show)
    telling.show(heard)
    telling.say(" at its loudest")
    if settings.sound.player:
        telling.say("and this is how it sounds:")
        telling.step("playing")
        speaker = PlayerSpeaker(settings.sound.player, folder, device=settings.sound.output_device)
        await speaker.play_file(folder / "heard.wav")
    return heard


def verdict(heard: SoundLevel, settings: Settings) -> str:
    """What was heard, in words, and what to turn."""
    turn = how_to_turn(alsa_cards.device(Direction.CAPTURE, settings.voice.input_device), Direction.CAPTURE)
    if heard.rms_db < SILENT_DB:
        return f"nothing was heard: is the microphone switched on, or muted? {turn}"
    if heard.peak_db > LOUD_DB:
        return f"too loud, it overdrives: turn it down ({turn})"
    if heard.rms_db < FAINT_DB:
        return f"faint: turn it up ({turn})"
    loud = how_to_turn(alsa_cards.device(Direction.PLAYBACK, settings.sound.output_device), Direction.PLAYBACK)
    return f"good. If you did not hear it played back: {loud}"


def _nobody_at_the_fridge(settings: Settings) -> None:
    if settings.voice.engine != "microphone":
        raise DeviceError(f"voice.engine is {settings.voice.engine}", remedy='set engine = "microphone" in [voice]')
    snapshot: dict[str, Any] = ask_agent(control_socket(runtime_dir(settings.agent))) or {}
    if snapshot.get("session") is not None:
        raise BefreshError("a session is open, and has the microphone; try again when it is closed")
