from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from befresh_agent.domain.events import Event
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import LeapingClock


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
def events() -> EventBus:
    return EventBus()


@pytest.fixture
def told(events: EventBus) -> list[Event]:
    heard: list[Event] = []
    events.subscribe(heard.append)
    return heard


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "agent.db", size_mb=4) as database:
        yield database


@pytest.fixture
def store(database: Database, clock: LeapingClock, events: EventBus) -> OutboxStore:
    return OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
