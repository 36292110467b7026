"""What every stage is built on: database, store, clock, events; and the database made ready for the first service."""

import contextlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.assembly.hardware import CoreServices, Hardware
from befresh_agent.assembly.sinks import sinks_set
from befresh_agent.errors import SettingMistake, SettingsError
from befresh_agent.history.records import HistoryRecords
from befresh_agent.page.access_token import AccessToken
from befresh_agent.page.maintenance import DoctorRunner, UpdateStatus
from befresh_agent.ports.clock import ClockTrust
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.runtime.supervision import VitalSigns
from befresh_agent.settings.conflicts import FRIDGE_NUMBER
from befresh_agent.settings.model import Settings
from befresh_agent.settings.paths import database_file, known_secrets
from befresh_agent.storage import history, identity
from befresh_agent.storage.choices import Choices
from befresh_agent.storage.database import Database
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.sealed_rows import GAP_PERIODS, SealedLog, SealKey
from befresh_agent.storage.store import OutboxStore
from befresh_agent.vision.vision_pool import VisionPool

log = logging.getLogger("agent")


def core_services(settings: Settings, hardware: Hardware, config: Path | None) -> CoreServices:
    """Raises `SettingsError` where nobody has said which fridge this is."""
    fridge_id = _fridge_id(settings)
    events = EventBus()
    database = Database(database_file(hardware.state), size_mb=settings.delivery.size_mb, world=hardware.world)
    sinks = sinks_set(settings, fridge_id) or hardware.sinks
    redaction = SecretRedactor(known_secrets(settings, config))
    store = OutboxStore(
        database,
        fridge_id=fridge_id,
        topics=settings.kafka,
        clock=hardware.clock,
        events=events,
        sinks=[sink.name for sink in sinks],
        trust=clock_trust(hardware),
        seal=_seal(settings, hardware),
    )
    return CoreServices(
        settings=settings,
        config=config,
        hardware=hardware,
        fridge_id=fridge_id,
        clock=hardware.clock,
        events=events,
        devices=DeviceRegistry(events, hardware.clock),
        database=database,
        sinks=sinks,
        store=store,
        stock=FoodInventory(database, store, hardware.clock),
        records=HistoryRecords(
            history.ReadingHistory(database), settings.containers, hardware.clock, fridge_id=fridge_id
        ),
        vitals=VitalSigns(SystemClock()),
        redaction=redaction,
        doctor=DoctorRunner(config, hardware.clock, redaction),
        updates=UpdateStatus(),
    )


def _seal(settings: Settings, hardware: Hardware) -> SealedLog | None:
    boxes = settings.containers
    if not settings.delivery.sealed_log:
        return None
    return SealedLog(
        SealKey(hardware.state),
        allowed=(boxes.lowest_c, boxes.highest_c),
        gap_s=GAP_PERIODS * boxes.period_s,
        kept_days=settings.delivery.sealed_days,
    )


def clock_trust(hardware: Hardware) -> ClockTrust:
    return ClockTrust(hardware.clock_synced, hardware.boot)


def _fridge_id(settings: Settings) -> int:
    if settings.fridge.id is None:
        raise SettingsError(SettingMistake(key="fridge.id", remedy=FRIDGE_NUMBER))
    return settings.fridge.id


async def _own(ground: CoreServices) -> None:
    """A card that was replaced does not start; one that was copied becomes a fridge of its own."""
    if at := await ground.database.run(identity.superseded_at):
        remedy = f"another card took over on {at}; put this one away, or: sudo befresh-agent backup --take-back"
        raise SettingsError(SettingMistake(source=str(ground.database.path), remedy=remedy))
    machine = ground.hardware.machine
    if await ground.database.run(lambda connection: identity.settle(connection, machine)):
        AccessToken(ground.hardware.state).renew()
        log.warning("this card comes from another machine: it is a store of its own now, with a new token for its page")


@contextlib.asynccontextmanager
async def prepared(ground: CoreServices, roster: ContainerRoster, vision: VisionPool) -> AsyncIterator[None]:
    """The database, as it must be before the first service looks at it."""
    await _own(ground)
    await ground.store.recover()
    ground.store.check_seal()
    vision.allow(await Choices(ground.database).ways())
    for address in ground.hardware.roster:
        await roster.add(address)
    await ground.database.run(lambda connection: history.remember(connection, ground.hardware.past))
    yield
