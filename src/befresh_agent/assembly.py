"""Every object of the agent, made here by keyword arguments from settings and hardware."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from befresh_agent.adapters.aes_ccm import AesCcm
from befresh_agent.adapters.publisher_kafka import KafkaPublisher
from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.adapters.watchdog import Watchdog
from befresh_agent.containers.broadcasts import Broadcasts
from befresh_agent.containers.poller import Poller
from befresh_agent.containers.roster import Roster
from befresh_agent.containers.visit_log import VisitLog
from befresh_agent.database import Database
from befresh_agent.domain.trigger import WakeWord
from befresh_agent.errors import SettingsError, StoreError
from befresh_agent.events import Devices, Events
from befresh_agent.garbage import spare_what_stays
from befresh_agent.ground import Ground
from befresh_agent.hardware import Hardware
from befresh_agent.outbox.batcher import Batcher
from befresh_agent.outbox.journal import Journal
from befresh_agent.outbox.relay import Relay
from befresh_agent.outbox.store import Store
from befresh_agent.page.memory import Memory
from befresh_agent.page.service import PageService
from befresh_agent.page_assembly import Shown, shown
from befresh_agent.places import control_socket, database_file
from befresh_agent.ports.clock import Trust
from befresh_agent.ports.onlooker import Onlooker
from befresh_agent.registration.cues import Cues
from befresh_agent.registration.eyes import Eyes
from befresh_agent.registration.live_session import Parts
from befresh_agent.registration.service import Registration
from befresh_agent.settings import Settings, bthome_keys
from befresh_agent.status.control import answering
from befresh_agent.status.loop_lag import LoopLag
from befresh_agent.status.snapshot import Sources, Status
from befresh_agent.supervision import Supervisor
from befresh_agent.triggers.watch import Watch
from befresh_agent.vision.recogniser import VisionWorker
from befresh_agent.vitals import Vitals
from befresh_agent.voice.hushed_speaker import HushedSpeaker
from befresh_agent.voice.server import VoiceServer


@dataclass(frozen=True, slots=True)
class Service:
    """Something that runs for ever. A vital one that crashes ends the process, another is started again."""

    name: str
    run: Callable[[], Awaitable[None]]
    vital: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """The whole agent, ready to live (see `app.py`)."""

    events: Events
    devices: Devices
    status: Status
    lag: LoopLag
    supervisor: Supervisor
    registration: Registration
    store: Store
    relay: Relay | Journal
    page: PageService | None
    """None where it is switched off."""
    adapters: Sequence[AbstractAsyncContextManager[object]]
    """Entered in this order, left in the reverse."""
    services: Sequence[Service]


def build(settings: Settings, hardware: Hardware, config: Path | None = None) -> Agent:
    """The agent on that hardware; `config` is the settings file, if not the usual.

    Raises `SettingsError` where it cannot know which fridge it is.
    """
    ground = _ground(settings, hardware, config)
    roster, poller = _containers(ground)
    memory = Memory(ground.clock) if settings.page.enabled else None
    watch, voice, registration = _registration(ground, memory)
    lag = LoopLag(lambda: registration.live is not None)
    relay, where, broker = _delivery(ground)
    batcher = _batcher(ground)
    status = _status(ground, lag, registration, poller)
    ground.events.listen(status.listen)
    page = shown(ground, memory, Shown(status, watch, roster, poller, lag, where)) if memory else None
    return Agent(
        events=ground.events,
        devices=ground.devices,
        status=status,
        lag=lag,
        supervisor=Supervisor(ground.clock, ground.events),
        registration=registration,
        store=ground.store,
        relay=relay,
        page=page,
        adapters=_adapters(ground, roster, status, broker),
        services=_watched(
            ground,
            Service("registration", registration.run, vital=True),
            Service("batcher", batcher.run, vital=True),
            Service("relay", relay.run, vital=True),
            Service("triggers", watch.run),
            Service("voice", voice.run),
            Service("containers", poller.run),
            Service("loop lag", lag.run),
            Service("garbage", lambda: spare_what_stays(page.loaded.wait if page else _at_once)),
            *([Service("page", page.run), Service("trends", page.watch_trends)] if page else []),
        ),
    )


async def _at_once() -> None:
    """Nothing is loaded later."""


def _batcher(ground: Ground) -> Batcher:
    return Batcher(
        ground.store,
        ground.settings.delivery,
        fridge_id=ground.fridge_id,
        clock=ground.clock,
        events=ground.events,
        vitals=ground.vitals,
    )


def _adapters(
    ground: Ground, roster: Roster, status: Status, broker: Sequence[AbstractAsyncContextManager[object]]
) -> list[AbstractAsyncContextManager[object]]:
    answers = answering(control_socket(ground.hardware.runtime), status.snapshot)
    return [ground.database, _prepared(ground, roster), answers, *ground.hardware.adapters, *broker]


def _watched(ground: Ground, *services: Service) -> list[Service]:
    """The services, and the watchdog that looks after the vital ones."""
    vital = [service.name for service in services if service.vital]
    return [*services, Service("watchdog", Watchdog(ground.vitals, vital, SystemClock(), ground.events).run)]


def _status(ground: Ground, lag: LoopLag, registration: Registration, poller: Poller) -> Status:
    return Status(
        Sources(
            devices=ground.devices,
            lag=lag,
            clock=ground.clock,
            session=lambda: registration.live.items if registration.live else None,
            containers=lambda: [health.to_json() for health in poller.snapshot()],
            outbox=lambda: _outbox(ground.store),
        )
    )


def _ground(settings: Settings, hardware: Hardware, config: Path | None) -> Ground:
    fridge_id = _fridge_id(settings)
    events = Events()
    database = Database(database_file(hardware.state), size_mb=settings.delivery.size_mb, world=hardware.world)
    return Ground(
        settings=settings,
        config=config,
        hardware=hardware,
        fridge_id=fridge_id,
        clock=hardware.clock,
        events=events,
        devices=Devices(events, hardware.clock),
        database=database,
        store=Store(
            database,
            fridge_id=fridge_id,
            topics=settings.kafka,
            clock=hardware.clock,
            events=events,
            trust=_trust(hardware),
        ),
        vitals=Vitals(SystemClock()),
    )


def _trust(hardware: Hardware) -> Trust:
    return Trust(hardware.clock_synced, hardware.boot)


def _containers(ground: Ground) -> tuple[Roster, Poller]:
    roster = Roster(ground.database, ground.clock)
    poller = Poller(
        roster=roster,
        visit_log=VisitLog(ground.database),
        radios=ground.hardware.radios,
        readings=ground.store,
        broadcasts=Broadcasts(bthome_keys(ground.settings.secrets), AesCcm(), ground.events),
        settings=ground.settings.containers,
        clock=ground.clock,
        events=ground.events,
        devices=ground.devices,
        trust=_trust(ground.hardware),
    )
    return roster, poller


def _registration(ground: Ground, onlooker: Onlooker | None) -> tuple[Watch, VoiceServer, Registration]:
    settings, hardware, clock, devices = ground.settings, ground.hardware, ground.clock, ground.devices
    watch = Watch(
        button=hardware.button,
        distance=hardware.distance,
        session=settings.session,
        gpio=settings.gpio,
        clock=clock,
        devices=devices,
    )
    voice = VoiceServer(
        hardware.runtime,
        settings.voice,
        SystemClock(),
        devices,
        on_wake=lambda: watch.offer(WakeWord()),
        air=hardware.air,
        pace=hardware.pace,
        secrets=settings.secrets,
    )
    vision = VisionWorker(settings.vision, settings.session, clock, devices, onlooker)
    parts = Parts(
        eyes=Eyes(hardware.camera, vision, clock, devices),
        voice=voice,
        cues=Cues(HushedSpeaker(hardware.speaker, voice), ground.events, devices),
        ledger=ground.store,
        settings=settings.session,
        clock=clock,
        events=ground.events,
        vitals=ground.vitals,
    )
    return watch, voice, Registration(watch, parts)


def _delivery(ground: Ground) -> tuple[Relay | Journal, str, list[AbstractAsyncContextManager[object]]]:
    """To the broker that is set, else into the journal; where that is, and what must be entered for it.

    Always on real time: a broker is real even in a dry run.
    """
    kafka, clock, publisher = ground.settings.kafka, SystemClock(), ground.hardware.broker
    entered: list[AbstractAsyncContextManager[object]] = []
    if kafka.server:
        publisher = real = KafkaPublisher(kafka, fridge_id=ground.fridge_id, secrets=ground.settings.secrets)
        entered = [real]
    if publisher is None:
        return Journal(ground.store, clock=clock, events=ground.events, vitals=ground.vitals), "", []
    relay = Relay(
        ground.store, publisher, ground.settings.delivery, clock=clock, events=ground.events, vitals=ground.vitals
    )
    return relay, publisher.where, entered


def _fridge_id(settings: Settings) -> int:
    if settings.fridge.id is None:
        remedy = "set the number the backend knows this fridge by, here or as REFRIGERATOR_ID"
        raise SettingsError("settings", "fridge.id", None, remedy)
    return settings.fridge.id


async def _outbox(store: Store) -> dict[str, Any]:
    try:
        summary = await store.summary()
    except StoreError as error:  # the very moment at which somebody asks how the agent is doing
        return {"waiting": None, "oldest_s": None, "dead": None, "unnamed": None, "error": str(error)}
    return {
        "waiting": summary.waiting,
        "oldest_s": round(summary.oldest_s),
        "dead": summary.dead,
        "unnamed": summary.unnamed,
    }


@contextlib.asynccontextmanager
async def _prepared(ground: Ground, roster: Roster) -> AsyncIterator[None]:
    """The database, as it must be before the first service looks at it."""
    await ground.store.recover()
    for address in ground.hardware.roster:
        await roster.add(address)
    await ground.database.run(ground.hardware.past)
    yield
