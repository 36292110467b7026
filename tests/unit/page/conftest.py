"""The real page on a real socket: real database, real store, real server; requests come over HTTP."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import httpx
import pytest

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.containers.roster import Roster
from befresh_agent.database import Database
from befresh_agent.deadline import within
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.ids import uuid7
from befresh_agent.domain.trigger import Press
from befresh_agent.events import Devices, Events
from befresh_agent.outbox.letters import LetterBox
from befresh_agent.outbox.stock import StockRoom
from befresh_agent.outbox.store import Store
from befresh_agent.page import trend_watch
from befresh_agent.page.memory import Memory
from befresh_agent.page.service import PageService
from befresh_agent.page.sources import Sources
from befresh_agent.record.history import History
from befresh_agent.record.records import Records
from befresh_agent.settings import FridgeSettings, KafkaSettings, PageSettings, SecretSettings, Settings

BOX = Address("FB:89:EB:22:95:84")


@dataclass
class Seen:
    """What the page is shown, and what it set going."""

    session: list[FoodItem] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    health: list[ContainerHealth] = field(default_factory=list)
    """How the containers of the roster are doing."""
    hurried: list[Address] = field(default_factory=list)
    """Those that were to be read at once."""
    unwell: list[str] = field(default_factory=list)
    """Vital services that do not get on."""

    def hurry(self, address: Address) -> bool:
        self.hurried.append(address)
        return True


@dataclass
class Kitchen:
    """Everything behind a page, and a browser before it."""

    browser: httpx.AsyncClient
    store: Store
    stock: StockRoom
    database: Database
    events: Events
    memory: Memory
    service: PageService
    clock: SystemClock
    devices: Devices
    seen: Seen

    async def register(self, name: str | None, use_by: date | None = None, box: Address | None = None) -> FoodItem:
        """One food, in a session of its own."""
        kind = FoodType.CONTAINER if box else FoodType.PACKAGED if use_by else FoodType.GENERAL
        now = self.clock.now()
        item = FoodItem(uuid7(now), kind, name, now, box, use_by)
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
def kitchen_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page with these settings of its own."""

    monkeypatch.setattr(trend_watch, "_PAUSE_S", 0.01)

    @contextlib.asynccontextmanager
    async def opened(secrets: SecretSettings | None = None, broker: str = "", **page: Any) -> AsyncIterator[Kitchen]:
        settings = _settings(secrets or SecretSettings(), page)
        clock, events = SystemClock(), Events()
        async with Database(tmp_path / "agent.db", size_mb=16) as database:
            store = Store(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
            await store.recover()
            seen, devices = Seen(), Devices(events, clock)
            memory, stock, roster = Memory(clock), StockRoom(database, store, clock), Roster(database, clock)
            sources = Sources(
                settings=settings,
                state=tmp_path,
                database=database,
                clock=clock,
                devices=devices,
                session=lambda: seen.session or None,
                press=seen.presses.append,
                stock=stock,
                letters=LetterBox(store),
                broker=broker,
                containers=lambda: seen.health,
                roster=roster.addresses,
                forget=roster.remove,
                read_now=seen.hurry,
                records=Records(History(database), settings.containers, clock, fridge_id=17),
                lag_ms=lambda: {"p50": 0.1, "p99": 1.5, "max": 7.25},
                unwell=lambda: seen.unwell,
            )
            service = PageService(sources, memory)
            events.listen(service.listen)
            async with _running(service) as address, httpx.AsyncClient(base_url=address, timeout=30) as browser:
                yield Kitchen(browser, store, stock, database, events, memory, service, clock, devices, seen)

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
