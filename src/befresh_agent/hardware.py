"""Everything the agent touches, and the Pi's own devices; `rehearsal.py` has the simulated ones."""

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.adapters import lines_gpiod
from befresh_agent.adapters.button_gpiod import LineButton
from befresh_agent.adapters.button_gpiozero import GpioButton
from befresh_agent.adapters.camera_files import FileCamera
from befresh_agent.adapters.camera_opencv import OpencvCamera
from befresh_agent.adapters.camera_picamera2 import PicameraCamera
from befresh_agent.adapters.echo_gpiod import TimedEcho
from befresh_agent.adapters.echo_gpiozero import PolledEcho
from befresh_agent.adapters.pins_rpigpio import RpiPins
from befresh_agent.adapters.radio_bleak import BleakRadio
from befresh_agent.adapters.sonar import Echo, Sonar
from befresh_agent.adapters.speaker_player import PlayerSpeaker
from befresh_agent.adapters.system_clock import SystemClock, boot_id, synchronised
from befresh_agent.domain.container import Address
from befresh_agent.places import private_dir, runtime_dir, state_dir
from befresh_agent.ports.button import Button
from befresh_agent.ports.camera import Camera
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.distance import DistanceSensor
from befresh_agent.ports.playground import Playground
from befresh_agent.ports.publisher import Publisher
from befresh_agent.ports.radio import Radio
from befresh_agent.ports.speaker import Speaker
from befresh_agent.settings import CameraSettings, ContainerSettings, GpioSettings, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """Everything the agent touches, real or simulated."""

    world: str
    """`real` or `simulated`: a database belongs to one of the two for ever."""
    state: Path
    runtime: Path
    clock: Clock
    clock_synced: Callable[[], bool]
    """Whether the wall clock is known to be right."""
    boot: str = ""
    """Which run of the machine the monotonic clock counts in; empty where that is not known."""
    button: AbstractAsyncContextManager[Button]
    distance: AbstractAsyncContextManager[DistanceSensor]
    camera: Callable[[], AbstractAsyncContextManager[Camera]]
    speaker: Speaker
    radios: Mapping[str, Radio]
    """The Bluetooth adapters, named as among the devices."""
    adapters: Sequence[AbstractAsyncContextManager[object]]
    """What must be entered before the first service starts."""
    air: Path | None = None
    """Where the scripted voice engine hears what is said."""
    pace: Callable[[], float] = lambda: 1.0
    """How many seconds of the clock pass in a real one."""
    roster: Sequence[Address] = ()
    """Containers known from the start."""
    past: Callable[[sqlite3.Connection], None] = lambda _: None
    """Puts what is remembered from before into a new database."""
    broker: Publisher | None = None
    """Where messages go when no broker is set; None: into the journal."""
    playground: Playground | None = None
    """The world behind simulated devices, to be played by hand."""


def real_hardware(settings: Settings) -> Hardware:
    """The Pi's devices. Nothing is opened here, so nothing can fail for a device that is missing."""
    state, runtime = state_dir(settings.agent), private_dir(runtime_dir(settings.agent))
    clock, pins, radios = SystemClock(), RpiPins(runtime), _radios(settings.containers)
    speaker = PlayerSpeaker(settings.sound.player, state / "cues", settings.sound.prompts)
    return Hardware(
        world="real",
        state=state,
        runtime=runtime,
        clock=clock,
        clock_synced=synchronised,
        boot=boot_id(),
        button=_button(settings.gpio, pins, clock),
        distance=Sonar(lambda: _echo(settings.gpio, pins), settings.gpio),
        camera=lambda: camera(settings.camera, clock),
        speaker=speaker,
        radios=radios,
        adapters=(*radios.values(), speaker),
    )


def _button(settings: GpioSettings, pins: RpiPins, clock: Clock) -> AbstractAsyncContextManager[Button]:
    return LineButton(settings) if lines_gpiod.is_there() else GpioButton(pins, settings, clock)


def _echo(settings: GpioSettings, pins: RpiPins) -> Echo:
    return TimedEcho(settings) if lines_gpiod.is_there() else PolledEcho(pins(), settings)


def _radios(settings: ContainerSettings) -> dict[str, BleakRadio]:
    if len(settings.adapters) == 1:
        return {"radio": BleakRadio(settings)}
    return {f"radio {adapter}": BleakRadio(settings, adapter) for adapter in settings.adapters}


def camera(settings: CameraSettings, clock: Clock) -> AbstractAsyncContextManager[Camera]:
    size = {"width": settings.width, "height": settings.height}
    if settings.source == "picamera2":
        return PicameraCamera(**size)
    if settings.source.startswith("/dev/"):
        return OpencvCamera(settings.source, **size)
    return FileCamera(Path(settings.source), clock, **size)
