"""A dry run's hardware: simulated devices around one world, and the person who plays in it."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from befresh_agent.adapters.gpio.gpiozero_devices import GpioButton, PolledEcho
from befresh_agent.adapters.gpio.hc_sr04 import UltrasonicSensor
from befresh_agent.assembly.hardware import Hardware, camera
from befresh_agent.domain.pacing import phase_of
from befresh_agent.ports.devices import Camera
from befresh_agent.settings.device_sections import GpioSettings
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import private_dir, runtime_dir, state_dir
from befresh_agent.simulation.hand_play import HandPlay, PlayProps
from befresh_agent.simulation.scenario import RememberedPast, Scenario
from befresh_agent.simulation.scenario_player import ScenarioPlayer
from befresh_agent.simulation.simulated_camera import SimulatedCamera
from befresh_agent.simulation.simulated_pins import simulated_pins
from befresh_agent.simulation.simulated_radio import SimulatedRadio
from befresh_agent.simulation.world import SimulatedBroker, SimulatedClock, SimulatedSpeaker, SimulatedWorld, SpokenAir

_SEED = 17
"""The simulated world plays the same every time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DryRunHardware:
    """A dry run's hardware and who plays on it."""

    hardware: Hardware
    clock: SimulatedClock
    person: ScenarioPlayer


def dry_run_hardware(
    settings: Settings, scenario: Scenario, *, speed: float, own_camera: bool, by_hand: bool = False
) -> DryRunHardware:
    """A simulated fridge and the person who plays the scenario on it; `own_camera` looks through the camera set."""
    state = state_dir(settings.agent, dry_run=True)
    runtime = private_dir(runtime_dir(settings.agent, dry_run=True))
    clock, world, air = (
        SimulatedClock(speed, _begins(settings, scenario)),
        SimulatedWorld(),
        SpokenAir(runtime / "air.sock"),
    )
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
        distance=UltrasonicSensor(lambda: PolledEcho(pins(), settings.gpio), settings.gpio),
        camera=_eye(settings, world, clock, own_camera=own_camera),
        speaker=SimulatedSpeaker(clock, broken=lambda: "speaker" in world.broken),
        radios={"radio": radio},
        adapters=(radio,),
        air=air.path,
        pace=lambda: clock.speed,
        roster=scenario.known,
        past=RememberedPast(radio, scenario.remembered, clock.now(), scenario.lasted),
        sinks=[broker] if broker else (),
        playground=HandPlay(world, clock, pins.finger, radio, props),
    )
    person = ScenarioPlayer(scenario, world=world, clock=clock, finger=pins.finger, containers=radio, say=air.say)
    return DryRunHardware(hardware=hardware, clock=clock, person=person)


def _props(settings: Settings, scenario: Scenario, air: SpokenAir, folder: Path, *, broker: bool) -> PlayProps:
    return PlayProps(
        say=air.say,
        foods=scenario.in_the_air,
        wake_phrase=settings.voice.phrase,
        folder=folder,
        hold_s=settings.gpio.hold_s,
        broker=broker,
    )


def _radio(scenario: Scenario, clock: SimulatedClock, world: SimulatedWorld) -> SimulatedRadio:
    age_s, broken = scenario.lasted.total_seconds(), lambda: "radio" in world.broken
    return SimulatedRadio(scenario.in_the_air, clock, seed=_SEED, broken=broken, age_s=age_s)


def _eye(
    settings: Settings, world: SimulatedWorld, clock: SimulatedClock, *, own_camera: bool
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
