"""Every object of the agent, made here by keyword arguments from settings and hardware."""

import asyncio
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.adapters.bluetooth.lazy_radio import AesCcm
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.adapters.system.systemd_watchdog import SystemdWatchdog
from befresh_agent.assembly.core_services import clock_trust, core_services, prepared
from befresh_agent.assembly.hardware import VITAL, Agent, AgentService, CoreServices, Hardware
from befresh_agent.assembly.reports import report_services
from befresh_agent.assembly.sessions import product_lookup, registration_stage
from befresh_agent.assembly.sinks import batcher, outbox_figures, relays
from befresh_agent.assembly.web_page import NoticedTroubles, PageStages, build_page
from befresh_agent.containers.broadcasts import BroadcastDecoder
from befresh_agent.containers.poller import ContainerPoller
from befresh_agent.domain.events import SessionClosed
from befresh_agent.page.observers import RecentActivity
from befresh_agent.page.page_service import PageService
from befresh_agent.page.turned_away import TurnedAwayPeers
from befresh_agent.registration.registration_service import RegistrationService
from befresh_agent.runtime.event_loop import freeze_loaded_objects, give_back_memory
from befresh_agent.runtime.supervision import Supervisor
from befresh_agent.settings.model import Settings, bthome_keys
from befresh_agent.settings.paths import control_socket
from befresh_agent.status.last_resort import LastResort, Means
from befresh_agent.status.last_warnings import LastWarnings
from befresh_agent.status.loop_lag import LoopLag
from befresh_agent.status.snapshot import StatusReporter, StatusSources
from befresh_agent.status.status_light import StatusLight
from befresh_agent.status.status_socket import answering
from befresh_agent.status.troubles import Troubles
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.visit_log import VisitLog
from befresh_agent.vision.vision_pool import VisionPool

if TYPE_CHECKING:
    from befresh_agent.home.notice_service import NoticeService

_LET_GO_S = 5.0
"""By then camera, vision workers and voice have let go of what a session had."""


def build(settings: Settings, hardware: Hardware, config: Path | None = None) -> Agent:
    """The agent on that hardware; `config` is the settings file, if not the usual.

    Raises `SettingsError` where it cannot know which fridge it is.
    """
    ground = core_services(settings, hardware, config)
    roster, poller = _containers(ground)
    memory = RecentActivity(ground.clock) if settings.page.enabled else None
    vision = VisionPool(settings.vision, settings.session, ground.clock, ground.devices, memory)
    ground.events.subscribe(vision.meter.listen)
    lookup = product_lookup(ground)
    watch, voice, registration = registration_stage(ground, vision, lookup)
    lag, relay = LoopLag(lambda: registration.live is not None), relays(ground)
    troubles = Troubles(ground.hardware.looks, ground.clock, ground.events)
    noticed = NoticedTroubles(troubles, LastWarnings(ground.database), TurnedAwayPeers())
    status = _status(ground, lag, registration, poller, vision, noticed)
    notices = _notify(ground, poller)
    stages = PageStages(status, registration, watch, roster, poller, vision, lag, noticed, notices, lookup)
    page = build_page(ground, memory, stages) if memory else None
    return Agent(
        events=ground.events,
        devices=ground.devices,
        status=status,
        lag=lag,
        supervisor=Supervisor(ground.clock, ground.events),
        registration=registration,
        store=ground.store,
        stock=ground.stock,
        relay=relay,
        page=page,
        adapters=_adapters(ground, roster, status, vision),
        services=_watched(
            ground,
            AgentService("registration", registration.run),
            AgentService("batcher", batcher(ground).run),
            AgentService("relay", relay.run),
            AgentService("triggers", watch.run),
            AgentService("voice", voice.run),
            AgentService("containers", poller.run),
            AgentService("loop lag", lag.run),
            AgentService("troubles", troubles.run),
            AgentService("last warnings", noticed.warnings.run),
            *_where_wished(ground, stages, memory, page),
        ),
    )


def _where_wished(
    ground: CoreServices, stages: PageStages, memory: RecentActivity | None, page: PageService | None
) -> list[AgentService]:
    """What is there by a setting alone."""
    reports = [AgentService(report.name, report.run) for report in report_services(ground, stages.status)]
    always = [*_last_resort(ground, stages.registration), *_status_light(ground), *reports]
    return [*always, *_home(ground, stages, memory, page), *_page_services(ground, page)]


def _home(
    ground: CoreServices, stages: PageStages, memory: RecentActivity | None, page: PageService | None
) -> list[AgentService]:
    """Loaded only where it is asked for."""
    wished = [AgentService("notices", stages.notices.run)] if stages.notices else []
    wished += [AgentService("product lookup", stages.lookup.run)] if stages.lookup else []
    if not ground.settings.mqtt.server:
        return wished
    from befresh_agent.assembly.home import home_services

    return [*wished, *home_services(ground, stages, memory, page)]


def _notify(ground: CoreServices, poller: ContainerPoller) -> "NoticeService | None":
    """Loaded only where it is asked for, too."""
    if not ground.settings.secrets.notify_urls:
        return None
    from befresh_agent.assembly.notices import notice_service

    return notice_service(ground, poller)


def _page_services(ground: CoreServices, page: PageService | None) -> list[AgentService]:
    """With what waits for the page: loaded objects are frozen once it has loaded its own."""
    closed = asyncio.Event()
    ground.events.subscribe(lambda event: closed.set() if isinstance(event, SessionClosed) else None)

    async def clear_away() -> None:
        await freeze_loaded_objects(page.loaded.wait if page else _at_once)
        while True:
            await closed.wait()
            await asyncio.sleep(_LET_GO_S)
            closed.clear()
            give_back_memory()

    garbage = AgentService("garbage", clear_away)
    return [garbage, *([AgentService("page", page.run), AgentService("trends", page.watch_trends)] if page else [])]


async def _at_once() -> None:
    """Nothing is loaded later."""


def _adapters(
    ground: CoreServices,
    roster: ContainerRoster,
    status: StatusReporter,
    vision: VisionPool,
) -> list[AbstractAsyncContextManager[object]]:
    answers = answering(control_socket(ground.hardware.runtime), status.snapshot)
    return [ground.database, prepared(ground, roster, vision), answers, *ground.hardware.adapters, *ground.sinks]


def _watched(ground: CoreServices, *services: AgentService) -> list[AgentService]:
    """The services, and the watchdog that looks after the vital ones."""
    return [
        *services,
        AgentService("watchdog", SystemdWatchdog(ground.vitals, VITAL, SystemClock(), ground.events).run),
    ]


def _status_light(ground: CoreServices) -> list[AgentService]:
    """Only where there is one."""
    if (lamp := ground.hardware.lamp) is None:
        return []
    shown = StatusLight(lamp, ground.devices)
    ground.events.subscribe(shown.listen)
    return [AgentService("status light", shown.run)]


def _last_resort(ground: CoreServices, registration: RegistrationService) -> list[AgentService]:
    """Only where the settings allow it."""
    if (restart := ground.hardware.restart) is None:
        return []
    means = Means(restart, ground.hardware.clock_synced, lambda: registration.live is not None)
    resort = LastResort(means, ground.devices, ground.database, ground.clock, ground.events)
    return [AgentService("last resort", resort.run)]


def _status(
    ground: CoreServices,
    lag: LoopLag,
    registration: RegistrationService,
    poller: ContainerPoller,
    vision: VisionPool,
    noticed: NoticedTroubles,
) -> StatusReporter:
    status = StatusReporter(
        StatusSources(
            devices=ground.devices,
            lag=lag,
            clock=ground.clock,
            session=lambda: registration.live.items if registration.live else None,
            vision=vision.figures,
            containers=lambda: [health.to_json() for health in poller.snapshot()],
            outbox=lambda: outbox_figures(ground.store),
            troubles=lambda: noticed.troubles.now,
            warnings=lambda: noticed.warnings.lines,
            turned_away=lambda: [peer.to_json() for peer in noticed.turned_away.lately()],
        )
    )
    ground.events.subscribe(status.on_event)
    return status


def _containers(ground: CoreServices) -> tuple[ContainerRoster, ContainerPoller]:
    roster = ContainerRoster(ground.database, ground.clock)
    poller = ContainerPoller(
        roster=roster,
        visit_log=VisitLog(ground.database),
        radios=ground.hardware.radios,
        readings=ground.store,
        broadcasts=BroadcastDecoder(bthome_keys(ground.settings.secrets), AesCcm(), ground.events),
        settings=ground.settings.containers,
        clock=ground.clock,
        events=ground.events,
        devices=ground.devices,
        trust=clock_trust(ground.hardware),
    )
    return roster, poller
