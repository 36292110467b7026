from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from befresh_agent.database import Database
from befresh_agent.domain.events import Event
from befresh_agent.events import Events
from befresh_agent.outbox.store import Store
from befresh_agent.settings import KafkaSettings
from tests.unit.outbox.stand_ins import LeapingClock


@pytest.fixture
def clock() -> LeapingClock:
    return LeapingClock()


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def told(events: Events) -> list[Event]:
    heard: list[Event] = []
    events.listen(heard.append)
    return heard


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database(tmp_path / "agent.db", size_mb=4) as database:
        yield database


@pytest.fixture
def store(database: Database, clock: LeapingClock, events: Events) -> Store:
    return Store(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
