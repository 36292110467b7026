"""`befresh-agent run`: the agent itself, on the Pi or as a dry run with everything simulated."""

import asyncio
import contextlib
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from befresh_agent import assembly, hardware, logs
from befresh_agent.app import Life
from befresh_agent.cli.options import ConfigFile
from befresh_agent.configuration import load
from befresh_agent.errors import BefreshError

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
) -> None:
    """Run the agent until it is stopped."""
    if not dry_run:
        if scenario or speed or exit_when_done or by_hand:
            raise typer.BadParameter("--scenario, --speed, --by-hand and --exit-when-done belong to --dry-run")
        _run_real(config, _chosen(camera, microphone))
        return
    if by_hand and exit_when_done:
        raise typer.BadParameter("--by-hand goes on until it is stopped: nothing is ever done")
    name = scenario or ("by-hand" if by_hand else "own-pictures" if camera or microphone else "demo")
    options = _chosen(camera, microphone) | ({} if microphone else {"voice.engine": "scripted"})
    raise typer.Exit(_play(config, name, options, speed or 1.0, by_hand=by_hand, exit_when_done=exit_when_done))


def _chosen(camera: str | None, microphone: str | None) -> dict[str, object]:
    """The settings behind the options."""
    heard = {"voice.engine": "microphone", "voice.microphone": microphone} if microphone else {}
    return {"camera.source": camera, **heard}


def _play(
    config: Path | None, name: str, options: dict[str, object], speed: float, *, by_hand: bool, exit_when_done: bool
) -> int:
    try:  # what only the dry run needs, the Pi need not load
        from befresh_agent.cli.dry_run import DryRun
        from befresh_agent.simulation import scenario as scenarios
    except ImportError as error:
        raise BefreshError(f"{error}; the dry run needs befresh-agent[all]") from error

    played = scenarios.load(scenarios.find(name))
    settings = load(config, options, weaker=played.settings, system_file=False).settings
    logs.set_up("warning", journal=False)
    own_camera = bool(options["camera.source"])
    console = Console()
    dry_run = DryRun(settings, played, speed=speed, own_camera=own_camera, by_hand=by_hand, console=console)
    with _crashes_logged():
        return asyncio.run(dry_run.play(exit_when_done=exit_when_done))


def _run_real(config: Path | None, options: dict[str, object]) -> None:
    settings = load(config, options).settings
    logs.set_up(settings.agent.log_level, journal="JOURNAL_STREAM" in os.environ)
    agent = assembly.build(settings, hardware.real_hardware(settings), config)
    agent.events.listen(logs.write_down)
    with _crashes_logged():
        asyncio.run(Life(agent).run())


@contextlib.contextmanager
def _crashes_logged() -> Iterator[None]:
    """A vital service that crashes ends the process; whoever supervises it starts it again."""
    try:
        yield
    except ExceptionGroup as crash:
        log.exception("ended by a crash: %s", _root(crash))
        raise SystemExit(1) from None


def _root(crash: Exception) -> Exception:
    return _root(crash.exceptions[0]) if isinstance(crash, ExceptionGroup) else crash
