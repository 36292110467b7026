"""`befresh-agent run`: the agent itself, on the Pi or as a dry run with everything simulated.

`--camera` and `--microphone` are looked at before anything starts, so that a slip of the pen is reported at once.
"""

import asyncio
import contextlib
import logging
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from befresh_agent.app import AgentRun
from befresh_agent.assembly import agent as assembly
from befresh_agent.assembly import hardware
from befresh_agent.cli.options import ConfigFile
from befresh_agent.errors import DeviceError, InvalidValue, SettingMistake, root_of
from befresh_agent.i18n.words import language_of_terminal
from befresh_agent.runtime import event_bus
from befresh_agent.runtime.media_files import read_picture, read_sound
from befresh_agent.runtime.remedies import missing
from befresh_agent.settings.loader import read
from befresh_agent.settings.preflight import cleared

_GLANCE = 64
"""Pixels; only whether it is a picture is asked."""

_VIDEO4LINUX = 81
"""The kernel's number for cameras."""

_CAMERA = "give a picture, a folder of pictures, or a camera such as /dev/video0"

_MICROPHONE = "give a WAV file, or: pyaudio, arecord"


def check_camera(source: str, *, devices: bool) -> None:
    """A camera by name, a picture, or a folder with one; with `devices` a camera must be there by now."""
    path = Path(source)
    if source == "picamera2":
        return
    if source.startswith("/dev/"):
        if devices and not _is_camera(path):
            found = ", ".join(map(str, sorted(Path("/dev").glob("video*")))) or "none"
            raise _wrong(f"there is no camera {source}; cameras found: {found}; {_CAMERA}", "--camera")
        return
    pictures = sorted(one for one in path.iterdir() if one.is_file()) if path.is_dir() else [path]
    why = "the folder is empty"
    for picture in pictures:
        try:
            read_picture(picture, _GLANCE)
        except InvalidValue as error:
            why = str(error) if len(pictures) == 1 else "there is no picture in this folder"
        else:
            return
    raise _wrong(f"{source}: {why}; {_CAMERA}", "--camera")


def _is_camera(path: Path) -> bool:
    """Whether it is a device of Video4Linux."""
    try:
        found = path.stat()
    except OSError:
        return False
    return stat.S_ISCHR(found.st_mode) and os.major(found.st_rdev) == _VIDEO4LINUX


def check_microphone(source: str) -> None:
    """A microphone by name, or a recording."""
    if source in ("pyaudio", "arecord"):
        return
    try:
        if not Path(source).is_file():
            raise InvalidValue("a folder" if Path(source).is_dir() else "no such file")
        read_sound(Path(source))
    except InvalidValue as error:
        raise _wrong(f"{source}: {error}; {_MICROPHONE}", "--microphone") from None
    except DeviceError as error:
        why = str(error) if "install" in error.remedy else f"{source}: not a recording that can be read; {_MICROPHONE}"
        raise _wrong(why, "--microphone") from None


def _wrong(why: str, option: str) -> typer.BadParameter:
    return typer.BadParameter(why, param_hint=option)


log = logging.getLogger("agent")


def run(
    config: ConfigFile = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Simulate every device; no root, no broker needed.")
    ] = False,
    scenario: Annotated[str | None, typer.Option(help="Scenario file, or the name of a shipped one.")] = None,
    camera: Annotated[str | None, typer.Option(help="Look at a picture, a folder of pictures or /dev/videoN.")] = None,
    microphone: Annotated[
        str | None, typer.Option(help="Hear a WAV file with the real engines (or: pyaudio, arecord).")
    ] = None,
    speed: Annotated[float | None, typer.Option(help="Speed of the simulated world.", min=0.1, max=20)] = None,
    by_hand: Annotated[
        bool, typer.Option("--by-hand", help="Play the simulated world yourself, in the browser.")
    ] = False,
    exit_when_done: Annotated[
        bool, typer.Option("--exit-when-done", help="End after the scenario, with a summary.")
    ] = False,
    fresh: Annotated[
        bool, typer.Option("--fresh", help="Begin the dry run anew: forget what earlier ones registered.")
    ] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Tell of every device and library, and how busy it was.")
    ] = False,
) -> None:
    """Run the agent until it is stopped."""
    if not dry_run:
        if scenario or speed or exit_when_done or by_hand or fresh or verbose:
            options = "--scenario, --speed, --by-hand, --exit-when-done, --fresh and --verbose"
            raise typer.BadParameter(f"{options} belong to --dry-run")
        _run_real(config, _chosen(camera, microphone, devices=False))
        return
    if by_hand and exit_when_done:
        raise typer.BadParameter("--by-hand goes on until it is stopped: nothing is ever done")
    manner = {
        "speed": speed or 1.0,
        "own_camera": camera is not None,
        "by_hand": by_hand,
        "exit_when_done": exit_when_done,
        "fresh": fresh,
        "verbose": verbose,
    }
    name = scenario or _scenario(own=bool(camera or microphone), by_hand=by_hand, once=exit_when_done)
    chosen = _chosen(camera, microphone, devices=True) | ({} if microphone else {"voice.engine": "scripted"})
    raise typer.Exit(_play(config, name, chosen, manner))


def _scenario(*, own: bool, by_hand: bool, once: bool) -> str:
    """The shipped scenario that fits the options."""
    if by_hand:
        return "by-hand"
    return ("own-pictures-once" if once else "own-pictures") if own else "demo"


def _chosen(camera: str | None, microphone: str | None, *, devices: bool) -> dict[str, object]:
    """The settings behind the options; with `devices` a camera that is named must be there."""
    if camera is not None:
        check_camera(camera, devices=devices)
    if microphone is not None:
        check_microphone(microphone)
    heard = {"voice.engine": "microphone", "voice.microphone": microphone} if microphone else {}
    return {"camera.source": camera, **heard}


def _play(config: Path | None, name: str, options: dict[str, object], manner: dict[str, Any]) -> int:
    try:  # what only the dry run needs, the Pi need not load
        from befresh_agent.cli.rehearse import DryRun, RunManner
        from befresh_agent.simulation import scenario as scenarios
    except ImportError as error:
        raise missing(error, "all") from error

    played = scenarios.load_scenario(scenarios.find_scenario(name))
    configuration = read(config, options, weaker=played.given, service=None)
    warnings, settings = cleared(configuration, simulated=True), configuration.settings
    event_bus.configure_logging("warning", journal=False)
    _warn(warnings)
    console = Console(highlight=False)
    language = language_of_terminal(os.environ, console.encoding)
    dry_run = DryRun(settings, played, RunManner(**manner, language=language, config=config), console)
    with _crashes_logged():
        return asyncio.run(dry_run.play())


def _run_real(config: Path | None, options: dict[str, object]) -> None:
    configuration = read(config, options)
    warnings, settings = cleared(configuration), configuration.settings
    event_bus.configure_logging(settings.agent.log_level, journal="JOURNAL_STREAM" in os.environ)
    _warn(warnings)
    agent = assembly.build(settings, hardware.real_hardware(settings), config)
    agent.events.subscribe(event_bus.log_event)
    life = AgentRun(agent)
    with _crashes_logged():
        asyncio.run(life.run())
    if life.failed:
        raise SystemExit(1)


def _warn(mistakes: Iterable[SettingMistake]) -> None:
    """Of what the agent can do without, at least for now."""
    for one in mistakes:
        log.warning("settings: %s", one)


@contextlib.contextmanager
def _crashes_logged() -> Iterator[None]:
    """A vital service that crashes ends the process; whoever supervises it starts it again."""
    try:
        yield
    except ExceptionGroup as crash:
        log.exception("ended by a crash: %s", root_of(crash))
        raise SystemExit(1) from None
