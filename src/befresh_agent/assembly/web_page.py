"""The page, put together from the stages that it shows."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from befresh_agent.assembly.hardware import VITAL, CoreServices
from befresh_agent.containers.poller import ContainerPoller
from befresh_agent.domain.detection import PackPhoto
from befresh_agent.page.context import PageContext
from befresh_agent.page.observers import RecentActivity
from befresh_agent.page.page_service import PageService
from befresh_agent.page.turned_away import TurnedAwayPeers
from befresh_agent.registration.registration_service import RegistrationService
from befresh_agent.registration.rules.pack_in_view import pack_in_photo
from befresh_agent.status.last_warnings import LastWarnings
from befresh_agent.status.loop_lag import LoopLag
from befresh_agent.status.snapshot import StatusReporter
from befresh_agent.status.troubles import Troubles
from befresh_agent.storage.choices import Choices
from befresh_agent.storage.message_queue import OutboxBrowser
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.triggers.trigger_stream import TriggerStream
from befresh_agent.vision.vision_pool import VisionPool

if TYPE_CHECKING:
    from befresh_agent.home.notice_service import NoticeService
    from befresh_agent.registration.product_lookup import ProductLookup


@dataclass(frozen=True, slots=True)
class NoticedTroubles:
    """What `status` and the page tell of, that no stage would."""

    troubles: Troubles
    warnings: LastWarnings
    turned_away: TurnedAwayPeers


@dataclass(frozen=True, slots=True)
class PageStages:
    """What the page shows, and may set going."""

    status: StatusReporter
    registration: RegistrationService
    watch: TriggerStream
    roster: ContainerRoster
    poller: ContainerPoller
    vision: VisionPool
    lag: LoopLag
    noticed: NoticedTroubles
    notices: "NoticeService | None" = None
    """Who tells the household outside; None where nobody is to be told."""
    lookup: "ProductLookup | None" = None
    """Who knows products outside; None where nobody is to be asked."""


async def _switch_on(ground: CoreServices, vision: VisionPool, way: str) -> None:
    await Choices(ground.database).switch_on(way)
    vision.allow([way])


async def read_photo(vision: VisionPool, photo: bytes) -> PackPhoto:
    """What is in a phone's photo. Raises `InvalidValue`, `DeviceError`."""
    return pack_in_photo(await vision.read_photo(photo))


def build_page(ground: CoreServices, memory: RecentActivity, stages: PageStages) -> PageService:
    """The service that serves it."""
    hardware, simulated = ground.hardware, ground.hardware.world == "simulated"
    sources = PageContext(
        settings=ground.settings,
        state=hardware.state,
        database=ground.database,
        clock=ground.clock,
        devices=ground.devices,
        session=stages.status.open_items,
        question=stages.registration.question,
        type_name=stages.registration.type_name,
        press=stages.watch.offer,
        stock=ground.stock,
        letters=OutboxBrowser(ground.store),
        broker=", ".join(sink.where for sink in ground.sinks),
        read_photo=lambda photo: read_photo(stages.vision, photo),
        containers=stages.poller.snapshot,
        roster=stages.roster.addresses,
        forget=stages.roster.remove,
        renew=stages.roster.renew,
        read_now=stages.poller.read_now,
        may_switch_on=stages.vision.may_allow,
        switch_on=lambda way: _switch_on(ground, stages.vision, way),
        records=ground.records,
        note_action=ground.store.note_action if ground.settings.delivery.sealed_log else None,
        doctor=ground.doctor,
        updates=ground.updates,
        redaction=ground.redaction,
        clock_synced=hardware.clock_synced,
        troubles=lambda: stages.noticed.troubles.now,
        warnings=lambda: stages.noticed.warnings.lines,
        lag_ms=stages.lag.milliseconds,
        unwell=lambda: ground.vitals.unhealthy(VITAL),
        look_up=stages.lookup.find if stages.lookup else None,
        open_alarms=lambda: stages.notices.open_alarms if stages.notices else {},
        acknowledge=stages.notices.acknowledge if stages.notices else None,
        playground=hardware.playground,
        simulated=simulated,
        config=ground.config,
    )
    service = PageService(sources, memory, stages.noticed.turned_away, any_port=simulated)
    ground.events.subscribe(service.on_event)
    return service
