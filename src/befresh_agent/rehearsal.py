"""A dry run's hardware: simulated devices around one world, and the person who plays in it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from befresh_agent.adapters.button_gpiozero import GpioButton
from befresh_agent.adapters.echo_gpiozero import PolledEcho
from befresh_agent.adapters.sonar import Sonar
from befresh_agent.domain.pacing import phase_of
from befresh_agent.hardware import Hardware, camera
from befresh_agent.places import private_dir, runtime_dir, state_dir
from befresh_agent.ports.camera import Camera
from befresh_agent.settings import GpioSettings, Settings
from befresh_agent.simulation.air import Air
from befresh_agent.simulation.broker import SimulatedBroker
from befresh_agent.simulation.camera import SimulatedCamera
from befresh_agent.simulation.clock import SimulatedClock
from befresh_agent.simulation.past import Past
from befresh_agent.simulation.person import Person
from befresh_agent.simulation.pins import simulated_pins
from befresh_agent.simulation.playground import HandPlay, Props
from befresh_agent.simulation.radio import SimulatedRadio
from befresh_agent.simulation.scenario import Scenario
from befresh_agent.simulation.speaker import SimulatedSpeaker
from befresh_agent.simulation.world import World

_SEED = 17
"""The simulated world plays the same every time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A dry run's hardware and who plays on it."""

    hardware: Hardware
    clock: SimulatedClock
    person: Person


def rehearsal(
    settings: Settings, scenario: Scenario, *, speed: float, own_camera: bool, by_hand: bool = False
) -> Rehearsal:
    """A simulated fridge and the person who plays the scenario on it; `own_camera` looks through the camera set."""
    state = state_dir(settings.agent, dry_run=True)
    runtime = private_dir(runtime_dir(settings.agent, dry_run=True))
    clock, world, air = SimulatedClock(speed, _begins(settings, scenario)), World(), Air(runtime / "air.sock")
    radio = _radio(scenario, clock, world)
    broker = SimulatedBroker(_SEED, lambda: "broker" in world.broken) if by_hand and not settings.kafka.server else None
    pins = simulated_pins(
        settings.gpio, lambda: world.hand_m, _SEED, fault=lambda: "silent" if "distance" in world.broken else ""
    )

    props = _props(settings, scenario, air, runtime, broker=broker is not None)
    hardware = Hardware(
        world="simulated",
        state=state,
        runtime=runtime,
        clock=clock,
        clock_synced=lambda: True,
        button=GpioButton(pins, _in_step(settings.gpio, speed), clock),
        distance=Sonar(lambda: PolledEcho(pins(), settings.gpio), settings.gpio),
        camera=_eye(settings, world, clock, own_camera=own_camera),
        speaker=SimulatedSpeaker(clock, broken=lambda: "speaker" in world.broken),
        radios={"radio": radio},
        adapters=(radio,),
        air=air.path,
        pace=lambda: clock.speed,
        roster=scenario.known,
        past=Past(radio, scenario.remembered, clock.now(), scenario.lasted),
        broker=broker,
        playground=HandPlay(world, clock, pins.finger, radio, props),
    )
    person = Person(scenario, world=world, clock=clock, finger=pins.finger, containers=radio, say=air.say)
    return Rehearsal(hardware=hardware, clock=clock, person=person)


def _props(settings: Settings, scenario: Scenario, air: Air, folder: Path, *, broker: bool) -> Props:
    return Props(
        say=air.say,
        foods=scenario.in_the_air,
        wake_phrase=settings.voice.phrase,
        folder=folder,
        hold_s=settings.gpio.hold_s,
        broker=broker,
    )


def _radio(scenario: Scenario, clock: SimulatedClock, world: World) -> SimulatedRadio:
    age_s, broken = scenario.lasted.total_seconds(), lambda: "radio" in world.broken
    return SimulatedRadio(scenario.in_the_air, clock, seed=_SEED, broken=broken, age_s=age_s)


def _eye(
    settings: Settings, world: World, clock: SimulatedClock, *, own_camera: bool
) -> Callable[[], AbstractAsyncContextManager[Camera]]:
    if own_camera:
        return lambda: camera(settings.camera, clock)
    simulated = SimulatedCamera(
        lambda: world.picture,
        clock,
        width=settings.camera.width,
        height=settings.camera.height,
        seed=_SEED,
        broken=lambda: "camera" in world.broken,
    )
    return lambda: simulated


def _in_step(gpio: GpioSettings, speed: float) -> GpioSettings:
    """A finger in a hurry bounces as much shorter; gpiozero waits in real time."""
    return gpio.model_copy(update={"bounce_s": gpio.bounce_s / max(1.0, speed)})


def _begins(settings: Settings, scenario: Scenario) -> datetime:
    interval_s = settings.delivery.batch_interval_s
    return scenario.begins(datetime.now().astimezone(), phase_of(settings.fridge.id or 0, interval_s), interval_s)
