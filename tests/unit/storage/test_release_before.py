"""A database and settings that the release before wrote are taken as they are.

`tests/fixtures/release-before` holds them: every setting, and a database with something in every table, dumped as SQL.
A new release makes them anew with the release before it.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from befresh_agent.domain.messages import FOOD_TYPE
from befresh_agent.domain.stock import StockFilter
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.loader import load_settings
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.roster import ContainerNames, ContainerRoster
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import BOX, OTHER_BOX, LeapingClock, refused

FOLDER = Path(__file__).parents[2] / "fixtures" / "release-before"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    with closing(sqlite3.connect(tmp_path / "agent.db")) as connection:
        connection.executescript((FOLDER / "agent.sql").read_text(encoding="utf-8"))
    return tmp_path / "agent.db"


async def test_its_database_holds_what_it_held(path: Path, clock: LeapingClock, events: EventBus) -> None:
    async with Database(path) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
        await store.recover()
        assert set(await ContainerRoster(database, clock).addresses()) == {BOX, OTHER_BOX}
        assert set(await ContainerNames(database).all()) == {BOX, OTHER_BOX}
        stock = await FoodInventory(database, store, clock).page(StockFilter.UNNAMED)
        assert len(stock.items) == 2
        states = {entry.message.seq: entry.state for entry in await store.entries()}
        assert [states[seq] for seq in (1, 2, 3, 4, 5)] == ["delivered", "waiting", "dead", "journal", "waiting"]


async def test_its_refusals_count_and_what_it_had_given_up_can_be_revived(
    path: Path, clock: LeapingClock, events: EventBus
) -> None:
    async with Database(path) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
        await store.recover()
        assert [message.seq for message in await store.peek(FOOD_TYPE)] == [2]
        assert await refused(store, 2) is True, "it was refused twice before"
        assert await store.retry(None) == [2, 3]
        while messages := await store.peek(FOOD_TYPE):
            await store.arrived(messages)
        assert (await store.meant("3")).state is MessageState.DELIVERED
        assert (await store.summary()).dead == 0


def test_its_settings_are_understood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAFKA_SERVER", raising=False)
    found = load_settings(FOLDER / "config.toml")
    assert found.settings.fridge.id == 17
    assert found.settings.kafka.food_topic == "food-regist"
