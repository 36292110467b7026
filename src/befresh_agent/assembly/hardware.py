"""What an agent consists of: its devices on a real Pi, the core services that every stage is built on, its services.

`dry_run.py` has the simulated devices.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.adapters import machine_looks
from befresh_agent.adapters.audio.loudspeaker import PlayerSpeaker
from befresh_agent.adapters.bluetooth.lazy_radio import BleakRadio
from befresh_agent.adapters.camera.camera_process import CameraProcess
from befresh_agent.adapters.camera.picture_files import FileCamera
from befresh_agent.adapters.gpio import gpiod_devices
from befresh_agent.adapters.gpio.gpiod_devices import LineButton, LineLamp, TimedEcho
from befresh_agent.adapters.gpio.gpiozero_devices import GpioButton, PolledEcho, RpiPins
from befresh_agent.adapters.gpio.hc_sr04 import EchoPins, UltrasonicSensor
from befresh_agent.adapters.machine_looks import machine_mark
from befresh_agent.adapters.system.system_clock import SyncWatch, SystemClock, boot_id
from befresh_agent.delivery.batcher import LocalJournal
from befresh_agent.delivery.relay import SinkRelays
from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.trouble import Look
from befresh_agent.history.records import HistoryRecords
from befresh_agent.page.maintenance import DoctorRunner, UpdateStatus
from befresh_agent.page.page_service import PageService
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import Button, Camera, DistanceSensor, Lamp, Speaker
from befresh_agent.ports.outside import MessageSink, Radio
from befresh_agent.ports.playground import FridgePlayground
from befresh_agent.registration.registration_service import RegistrationService
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.runtime.supervision import Supervisor, VitalSigns
from befresh_agent.settings.device_sections import CameraSettings, GpioSettings
from befresh_agent.settings.model import ContainerSettings, Settings
from befresh_agent.settings.paths import private_dir, runtime_dir, state_dir
from befresh_agent.status.loop_lag import LoopLag
from befresh_agent.status.snapshot import StatusReporter
from befresh_agent.storage.database import Database
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.store import OutboxStore


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
    past: Iterable[tuple[FoodItem, Iterable[Reading]]] = ()
    """What a new database remembers from before: foods in containers, and what those measured."""
    sinks: Sequence[MessageSink] = ()
    """Where messages go when none is set; empty: into the journal."""
    restart: Callable[[], Awaitable[None]] | None = None
    """The machine; None where that is not for the agent to do."""
    lamp: AbstractAsyncContextManager[Lamp] | None = None
    """The status light; None where there is none."""
    machine: str = ""
    """Which machine this is; empty where that does not matter."""
    looks: Sequence[Look] = ()
    """At the machine, for troubles that no stage would notice."""
    playground: FridgePlayground | None = None
    """The world behind simulated devices, to be played by hand."""


def real_hardware(settings: Settings) -> Hardware:
    """The Pi's devices. Nothing is opened here, so nothing can fail for a device that is missing."""
    state, runtime = state_dir(settings.agent), private_dir(runtime_dir(settings.agent))
    clock, pins, radios = SystemClock(), RpiPins(runtime), _radios(settings.containers)
    synced = SyncWatch()
    sound = settings.sound
    speaker = PlayerSpeaker(sound.player, state / "cues", sound.prompts, device=sound.output_device)
    return Hardware(
        world="real",
        state=state,
        runtime=runtime,
        clock=clock,
        clock_synced=synced,
        boot=boot_id(),
        button=_button(settings.gpio, pins, clock),
        distance=UltrasonicSensor(lambda: _echo(settings.gpio, pins), settings.gpio),
        camera=lambda: camera(settings.camera, clock),
        speaker=speaker,
        radios=radios,
        adapters=(synced, *radios.values(), speaker),
        looks=machine_looks.looks(state),
        machine=machine_mark(),
        lamp=LineLamp(settings.gpio.led_pin) if settings.gpio.led_pin is not None else None,
        restart=_restart_machine if settings.containers.may_reboot else None,
    )


async def _restart_machine() -> None:
    from befresh_agent.adapters.bluetooth.bluez_bus import restart_machine  # its library is loaded with the radio

    await restart_machine()


def _button(settings: GpioSettings, pins: RpiPins, clock: Clock) -> AbstractAsyncContextManager[Button]:
    return LineButton(settings) if gpiod_devices.is_there() else GpioButton(pins, settings, clock)


def _echo(settings: GpioSettings, pins: RpiPins) -> EchoPins:
    return TimedEcho(settings) if gpiod_devices.is_there() else PolledEcho(pins(), settings)


def _radios(settings: ContainerSettings) -> dict[str, BleakRadio]:
    if len(settings.adapters) == 1:
        return {"radio": BleakRadio(settings)}
    return {f"radio {adapter}": BleakRadio(settings, adapter) for adapter in settings.adapters}


def camera(settings: CameraSettings, clock: Clock) -> AbstractAsyncContextManager[Camera]:
    size = {"width": settings.width, "height": settings.height}
    if settings.source == "picamera2" or settings.source.startswith("/dev/"):
        return CameraProcess(settings.source, **size)
    return FileCamera(Path(settings.source), clock, **size)


VITAL = ("registration", "batcher", "relay")
"""Services without which the agent is none: a crash of theirs ends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreServices:
    """Made once, handed to everybody."""

    settings: Settings
    hardware: Hardware
    fridge_id: int
    clock: Clock
    events: EventBus
    devices: DeviceRegistry
    database: Database
    sinks: Sequence[MessageSink]
    """Where messages go; empty: into the journal."""
    store: OutboxStore
    stock: FoodInventory
    records: HistoryRecords
    vitals: VitalSigns
    config: Path | None
    """The settings file, if not the usual one."""
    redaction: SecretRedactor
    doctor: DoctorRunner
    updates: UpdateStatus


@dataclass(frozen=True, slots=True)
class AgentService:
    """Something that runs for ever. A vital one that crashes ends the process, another is started again."""

    name: str
    run: Callable[[], Awaitable[None]]

    @property
    def vital(self) -> bool:
        return self.name in VITAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The whole agent, ready to live (see `app.py`)."""

    events: EventBus
    devices: DeviceRegistry
    status: StatusReporter
    lag: LoopLag
    supervisor: Supervisor
    registration: RegistrationService
    store: OutboxStore
    stock: FoodInventory
    relay: SinkRelays | LocalJournal
    page: PageService | None
    """None where it is switched off."""
    adapters: Sequence[AbstractAsyncContextManager[object]]
    """Entered in this order, left in the reverse."""
    services: Sequence[AgentService]
