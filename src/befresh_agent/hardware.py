"""Everything the agent touches, real or simulated; the only place that knows the one from the other."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from befresh_agent.adapters.button_gpiozero import GpioButton
from befresh_agent.adapters.camera_files import FileCamera
from befresh_agent.adapters.camera_opencv import OpencvCamera
from befresh_agent.adapters.camera_picamera2 import PicameraCamera
from befresh_agent.adapters.distance_gpiozero import GpioDistance
from befresh_agent.adapters.pins_rpigpio import RpiPins
from befresh_agent.adapters.radio_bleak import BleakRadio
from befresh_agent.adapters.speaker_player import PlayerSpeaker
from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.domain.container import Address
from befresh_agent.domain.pacing import phase_of
from befresh_agent.places import private_dir, runtime_dir, state_dir
from befresh_agent.ports.button import Button
from befresh_agent.ports.camera import Camera
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.distance import DistanceSensor
from befresh_agent.ports.radio import Radio
from befresh_agent.ports.speaker import Speaker
from befresh_agent.settings import CameraSettings, Settings
from befresh_agent.simulation.air import Air
from befresh_agent.simulation.camera import SimulatedCamera
from befresh_agent.simulation.clock import SimulatedClock
from befresh_agent.simulation.person import Person
from befresh_agent.simulation.pins import simulated_pins
from befresh_agent.simulation.radio import SimulatedRadio
from befresh_agent.simulation.scenario import Scenario
from befresh_agent.simulation.speaker import SimulatedSpeaker
from befresh_agent.simulation.world import World

_SEED = 17
"""The simulated world plays the same every time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hardware:
    """Everything the agent touches, real or simulated."""

    world: str
    """`real` or `simulated`: a database belongs to one of the two for ever."""
    state: Path
    runtime: Path
    clock: Clock
    button: AbstractAsyncContextManager[Button]
    distance: AbstractAsyncContextManager[DistanceSensor]
    camera: Callable[[], AbstractAsyncContextManager[Camera]]
    speaker: Speaker
    radio: Radio
    adapters: Sequence[AbstractAsyncContextManager[object]]
    """What must be entered before the first service starts."""
    air: Path | None = None
    """Where the scripted voice engine hears what is said."""
    pace: Callable[[], float] = lambda: 1.0
    """How many seconds of the clock pass in a real one."""
    roster: Sequence[Address] = ()
    """Containers known from the start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A dry run's hardware and who plays on it."""

    hardware: Hardware
    clock: SimulatedClock
    person: Person


def real_hardware(settings: Settings) -> Hardware:
    """The Pi's devices. Nothing is opened here, so nothing can fail for a device that is missing."""
    state, runtime = state_dir(settings.agent), private_dir(runtime_dir(settings.agent))
    clock, pins, radio = SystemClock(), RpiPins(runtime), BleakRadio(settings.containers)
    speaker = PlayerSpeaker(settings.sound.player, state / "tones")
    return Hardware(
        world="real",
        state=state,
        runtime=runtime,
        clock=clock,
        button=GpioButton(pins, settings.gpio, clock),
        distance=GpioDistance(pins, settings.gpio),
        camera=lambda: _camera(settings.camera, clock),
        speaker=speaker,
        radio=radio,
        adapters=(radio, speaker),
    )


def rehearsal(settings: Settings, scenario: Scenario, *, speed: float, own_camera: bool) -> Rehearsal:
    """A simulated fridge and the person who plays the scenario on it; `own_camera` looks through the camera set."""
    state = state_dir(settings.agent, dry_run=True)
    runtime = private_dir(runtime_dir(settings.agent, dry_run=True))
    clock, world, air = SimulatedClock(speed, _begins(settings, scenario)), World(), Air(runtime / "air.sock")
    radio = SimulatedRadio(scenario.in_the_air, clock, seed=_SEED, broken=lambda: "radio" in world.broken)
    pins = simulated_pins(
        settings.gpio, lambda: world.hand_m, _SEED, fault=lambda: "silent" if "distance" in world.broken else ""
    )

    simulated_camera = SimulatedCamera(
        lambda: world.picture,
        clock,
        width=settings.camera.width,
        height=settings.camera.height,
        seed=_SEED,
        broken=lambda: "camera" in world.broken,
    )

    hardware = Hardware(
        world="simulated",
        state=state,
        runtime=runtime,
        clock=clock,
        button=GpioButton(pins, settings.gpio, clock),
        distance=GpioDistance(pins, settings.gpio),
        camera=(lambda: _camera(settings.camera, clock)) if own_camera else (lambda: simulated_camera),
        speaker=SimulatedSpeaker(clock, broken=lambda: "speaker" in world.broken),
        radio=radio,
        adapters=(radio,),
        air=air.path,
        pace=lambda: clock.speed,
        roster=scenario.known,
    )
    person = Person(scenario, world=world, clock=clock, finger=pins.finger, containers=radio, say=air.say)
    return Rehearsal(hardware=hardware, clock=clock, person=person)


def _begins(settings: Settings, scenario: Scenario) -> datetime:
    interval_s = settings.delivery.batch_interval_s
    return scenario.begins(datetime.now().astimezone(), phase_of(settings.fridge.id or 0, interval_s), interval_s)


def _camera(settings: CameraSettings, clock: Clock) -> AbstractAsyncContextManager[Camera]:
    size = {"width": settings.width, "height": settings.height}
    if settings.source == "picamera2":
        return PicameraCamera(**size)
    if settings.source.startswith("/dev/"):
        return OpencvCamera(settings.source, **size)
    return FileCamera(Path(settings.source), clock, **size)
