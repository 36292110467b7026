"""`befresh-agent wake learn`: the lesson itself, at the microphone or from recordings.

Nothing leaves the house. With `--json` each step is a line, for the page.
"""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.cli.options import ConfigFile, DryRun, Json
from befresh_agent.errors import DeviceError
from befresh_agent.runtime.media_files import read_sound
from befresh_agent.runtime.remedies import missing
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import state_dir
from befresh_agent.voice.process_side.factory import make_microphone
from befresh_agent.voice.wake.people import TaughtPeople, wake_folder

TIMES = 8


def learn(
    recordings: Annotated[
        list[Path] | None, typer.Argument(metavar="[FILE]...", help="The same as behind --input.")
    ] = None,
    given: Annotated[
        list[Path] | None,
        typer.Option(
            "--input", "-i", metavar="FILE", help="A WAV file instead of the microphone: one saying, or many."
        ),
    ] = None,
    name: Annotated[str, typer.Option(metavar="NAME", help="Who teaches; everybody who does is heard.")] = "family",
    times: Annotated[int, typer.Option(min=4, max=20, help="How often the phrase is said at the microphone.")] = TIMES,
    keep: Annotated[
        bool,
        typer.Option("--keep-recordings/--delete-recordings", help="Whether the sounds stay in the house's state."),
    ] = True,
    config: ConfigFile = None,
    dry_run: DryRun = False,
    as_json: Json = False,
) -> None:
    """Teach the fridge a wake phrase: any phrase in any language, said six to ten times, by whoever shall be heard."""
    settings = load_settings(config).settings
    files = [*(given or ()), *(recordings or ())]
    sounds = [(file.name, read_sound(file)) for file in files] or asyncio.run(_spoken(settings, times, as_json=as_json))
    _teach(
        TaughtPeople(wake_folder(state_dir(settings.agent, dry_run=dry_run))), name, sounds, keep=keep, as_json=as_json
    )


async def _spoken(settings: Settings, times: int, *, as_json: bool) -> list[tuple[str, bytes]]:
    from befresh_agent.voice.wake.microphone_lesson import sayings

    def ready(number: int) -> None:
        _say(as_json, {"step": "speak", "number": number, "of": times}, f"say it now ({number} of {times})")

    said = [sound async for sound in sayings(make_microphone(settings.voice, SystemClock()), times, ready)]
    return [(f"{number}", sound) for number, sound in enumerate(said, 1)]


def _teach(people: TaughtPeople, name: str, sounds: Sequence[tuple[str, bytes]], *, keep: bool, as_json: bool) -> None:
    try:
        from befresh_agent.voice.wake.sayings import SayingVerdict
        from befresh_agent.voice.wake.teaching import sayings_of, summary, teach
    except ImportError as error:
        raise missing(error, "voice") from error
    told = sayings_of(sounds)
    for number, one in enumerate(told, 1):
        verdict = one.saying.verdict
        line = f"{number:2}  {one.source}: {verdict}{f'; {verdict.remedy}' if verdict.remedy else ''}"
        _say(as_json, {"step": "saying", "number": number, "source": one.source, "verdict": verdict}, line)
    now = SystemClock().now()
    lesson = teach(people, name, told, now, keep_recordings=keep)
    good = sum(one.saying.verdict is SayingVerdict.GOOD for one in told)
    _say(as_json, {"step": "taught", "name": name} | summary(lesson, good, now), "")
    if not as_json:
        typer.echo("\n".join(_outcome(name, lesson, keep=keep)))
    if lesson.heard * 2 < lesson.tried:
        raise DeviceError("it will seldom be heard", remedy="say a longer phrase, or say it nearer, and teach it again")


def _outcome(name: str, lesson: Any, *, keep: bool) -> Sequence[str]:
    nearest = ", ".join(f"{one.sound} ({one.sureness:.0%})" for one in lesson.nearest[:3])
    return (
        f"{name} is taught: {lesson.heard} of {lesson.tried} trials heard, of sayings that were left out",
        f"{lesson.mistakes} mistakes in {lesson.minutes:.0f} minutes of other speech and noise; nearest: {nearest}",
        "the recordings stay on this machine; delete them: befresh-agent wake forget --recordings " + name
        if keep
        else "the recordings are deleted",
        f"take it back: befresh-agent wake undo {name}",
    )


def _say(as_json: bool, step: dict[str, Any], line: str) -> None:
    if as_json:
        typer.echo(json.dumps(step, ensure_ascii=False))
    elif line:
        typer.echo(line)
