"""The real page on a real socket: real database, real store, real server; requests come over HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.assembly.web_page import read_photo
from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType, NameQuestion, uuid7
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.trigger import Press
from befresh_agent.domain.trouble import Trouble, Warned
from befresh_agent.domain.visits import ContainerHealth
from befresh_agent.history.records import HistoryRecords
from befresh_agent.page.context import PageContext
from befresh_agent.page.maintenance import DoctorRunner, UpdateStatus
from befresh_agent.page.observers import RecentActivity
from befresh_agent.page.page_service import PageService
from befresh_agent.page.turned_away import TurnedAwayPeers
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.settings.device_sections import VisionSettings
from befresh_agent.settings.model import FridgeSettings, KafkaSettings, PageSettings, SecretSettings, Settings
from befresh_agent.settings.paths import known_secrets
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.message_queue import OutboxBrowser
from befresh_agent.storage.roster import ContainerRoster
from befresh_agent.storage.store import OutboxStore
from befresh_agent.vision.vision_pool import VisionPool

BOX = Address("FB:89:EB:22:95:84")


@dataclass
class Seen:
    """What the page is shown, and what it set going."""

    session: list[FoodItem] = field(default_factory=list)
    question: NameQuestion | None = None
    typed: list[str] = field(default_factory=list)
    """Names that were typed."""
    presses: list[Press] = field(default_factory=list)
    health: list[ContainerHealth] = field(default_factory=list)
    """How the containers of the roster are doing."""
    hurried: list[Address] = field(default_factory=list)
    """Those that were to be read at once."""
    unwell: list[str] = field(default_factory=list)
    """Vital services that do not get on."""

    actions: list[tuple[Address, str, str]] = field(default_factory=list)
    """What people noted in the sealed log."""

    async def act(self, address: Address, who: str, what: str) -> None:
        self.actions.append((address, who, what))

    alarms: dict[str, str] = field(default_factory=dict)
    """What somebody was told of."""
    acknowledged: list[tuple[str, str]] = field(default_factory=list)
    """Their keys, and who has seen them."""

    async def acknowledge(self, key: str, who: str) -> None:
        self.acknowledged.append((key, who))

    switched_on: list[str] = field(default_factory=list)
    """Spellings; the order of dates is what a file says."""

    async def switch_on(self, way: str) -> None:
        self.switched_on.append(way)

    clock_synced: bool = True
    troubles: list[Trouble] = field(default_factory=list)
    warnings: list[Warned] = field(default_factory=list)

    def type_name(self, name: str) -> bool:
        self.typed.append(name)
        return bool(self.session) or self.question is not None

    def hurry(self, address: Address) -> bool:
        self.hurried.append(address)
        return True


@dataclass
class Kitchen:
    """Everything behind a page, and a browser before it."""

    browser: httpx.AsyncClient
    store: OutboxStore
    stock: FoodInventory
    database: Database
    events: EventBus
    memory: RecentActivity
    service: PageService
    clock: SystemClock
    devices: DeviceRegistry
    seen: Seen
    vision: VisionPool

    async def register(
        self, name: str | None, use_by: date | None = None, box: Address | None = None, *, doubted: bool = False
    ) -> FoodItem:
        """One food, in a session of its own."""
        kind = FoodType.CONTAINER if box else FoodType.PACKAGED if use_by else FoodType.GENERAL
        now = self.clock.now()
        item = FoodItem(uuid7(now), kind, name, now, box, use_by, doubted=doubted)
        await self.store.add(item.id, item)
        await self.store.settle(item.id)
        return item

    async def json(self, path: str) -> Any:
        answer = await self.browser.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


def _settings(secrets: SecretSettings, page: dict[str, Any]) -> Settings:
    page = {"port": 0, "language": "en", **page}
    return Settings(fridge=FridgeSettings(id=17), page=PageSettings(**page), secrets=secrets)


Open = Callable[..., contextlib.AbstractAsyncContextManager[Kitchen]]


@pytest.fixture
def kitchen_with(tmp_path: Path) -> Open:
    """Opens a page with these settings of its own."""

    @contextlib.asynccontextmanager
    async def opened(
        secrets: SecretSettings | None = None,
        broker: str = "",
        look_up: Callable[[str], Awaitable[KnownProduct | None]] | None = None,
        **page: Any,
    ) -> AsyncIterator[Kitchen]:
        settings = _settings(secrets or SecretSettings(), page)
        clock, events = SystemClock(), EventBus()
        async with Database(tmp_path / "agent.db", size_mb=16) as database:
            store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
            await store.recover()
            seen, devices = Seen(), DeviceRegistry(events, clock)
            vision = VisionPool(VisionSettings(workers=1, hang_s=60), settings.session, clock, devices)
            memory, stock, roster = (
                RecentActivity(clock),
                FoodInventory(database, store, clock),
                ContainerRoster(database, clock),
            )
            redaction = SecretRedactor(known_secrets(settings, None))
            sources = PageContext(
                doctor=DoctorRunner(None, clock, redaction),
                updates=UpdateStatus(),
                redaction=redaction,
                settings=settings,
                state=tmp_path,
                database=database,
                clock=clock,
                devices=devices,
                session=lambda: seen.session or None,
                question=lambda: seen.question,
                type_name=seen.type_name,
                press=seen.presses.append,
                stock=stock,
                letters=OutboxBrowser(store),
                broker=broker,
                read_photo=lambda photo: read_photo(vision, photo),
                look_up=look_up,
                containers=lambda: seen.health,
                roster=roster.addresses,
                forget=roster.remove,
                renew=roster.renew,
                read_now=seen.hurry,
                may_switch_on=lambda way: way != "auto",
                switch_on=seen.switch_on,
                records=HistoryRecords(ReadingHistory(database), settings.containers, clock, fridge_id=17),
                note_action=seen.act,
                open_alarms=lambda: seen.alarms,
                acknowledge=seen.acknowledge,
                clock_synced=lambda: seen.clock_synced,
                troubles=lambda: seen.troubles,
                warnings=lambda: seen.warnings,
                lag_ms=lambda: {"p50": 0.1, "p99": 1.5, "max": 7.25},
                unwell=lambda: seen.unwell,
            )
            service = PageService(sources, memory, TurnedAwayPeers(), trend_pause_s=0.01)
            events.subscribe(service.on_event)
            async with _running(service) as address, httpx.AsyncClient(base_url=address, timeout=30) as browser:
                yield Kitchen(browser, store, stock, database, events, memory, service, clock, devices, seen, vision)

    return opened


@pytest.fixture
async def kitchen(kitchen_with: Open) -> AsyncIterator[Kitchen]:
    async with kitchen_with() as kitchen:
        yield kitchen


@contextlib.asynccontextmanager
async def _running(service: PageService) -> AsyncIterator[str]:
    running, trends = asyncio.create_task(service.run()), asyncio.create_task(service.watch_trends())
    try:
        async with within(60):
            while service.address is None:
                assert not running.done(), running
                await asyncio.sleep(0.01)
        yield service.address.replace("0.0.0.0", "127.0.0.1")
    finally:
        for task in (running, trends):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
