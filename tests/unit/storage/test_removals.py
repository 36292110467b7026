"""What was taken out is told once, when it can come back no more, where there is a topic for it."""

import json
from datetime import date, timedelta
from importlib import resources
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from befresh_agent.domain.delivery_events import MessageQueued
from befresh_agent.domain.events import Event
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.message_parts import halves
from befresh_agent.domain.messages import REMOVED_TYPE, removed_body, removed_food
from befresh_agent.errors import InvalidValue
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import START, LeapingClock, container, general, packaged, register


@pytest.fixture
def store(database: Database, clock: LeapingClock, events: EventBus) -> OutboxStore:
    topics = KafkaSettings(removed_topic="food-removed")
    return OutboxStore(database, fridge_id=17, topics=topics, clock=clock, events=events)


@pytest.fixture
def stock(database: Database, store: OutboxStore, clock: LeapingClock) -> FoodInventory:
    return FoodInventory(database, store, clock)


async def bought(store: OutboxStore, *foods: FoodItem) -> None:
    await register(store, "s", *foods)
    await store.settle("s")


async def removals(store: OutboxStore) -> list[dict[str, Any]]:
    """Every message of the kind, which must be as its schema says."""
    published = resources.files("befresh_agent").joinpath("schemas", "food-removed.schema.json").read_text()
    validator = Draft202012Validator(json.loads(published), format_checker=Draft202012Validator.FORMAT_CHECKER)
    entries = [one.message for one in await store.entries() if dict(one.message.headers)["ce_type"] == REMOVED_TYPE]
    bodies = [json.loads(message.body) for message in entries]
    for body in bodies:
        validator.validate(body)
    return bodies


async def test_it_is_told_ten_minutes_later_and_once(
    store: OutboxStore, stock: FoodInventory, clock: LeapingClock, told: list[Event]
) -> None:
    kimchi, milk, apple = container(), packaged(), general()
    await bought(store, kimchi, milk, apple)
    await stock.take_away(milk.id)
    clock.passed = 599
    assert await store.tell_removed() == 0
    clock.passed = 600
    assert [await store.tell_removed(), await store.tell_removed()] == [1, 0]
    assert await removals(store) == [
        {
            "refrigeratorId": 17,
            "removedList": [
                {"itemId": milk.id, "name": "우유", "ftypeId": 2, "removedAt": START.isoformat(timespec="seconds")}
            ],
        }
    ]
    assert told[-1] == MessageQueued(2, "food-removed", "우유")
    assert [message.topic for message in await store.peek(REMOVED_TYPE)] == ["food-removed"]


async def test_what_came_back_is_not_told(store: OutboxStore, stock: FoodInventory, clock: LeapingClock) -> None:
    milk = packaged()
    await bought(store, milk)
    await stock.take_away(milk.id)
    await stock.bring_back(milk.id)
    clock.passed = 3600
    assert await store.tell_removed() == 0


async def test_what_is_only_taken_for_gone_is_told_once_somebody_says_so(
    store: OutboxStore, stock: FoodInventory, clock: LeapingClock
) -> None:
    before, after = container(), container()
    await bought(store, before)
    await register(store, "t", after)
    await store.settle("t")
    clock.passed = 3600
    assert await store.tell_removed() == 0
    await stock.confirm_gone(before.id)
    clock.passed = 7200
    assert await store.tell_removed() == 1
    (body,) = await removals(store)
    assert [food["itemId"] for food in body["removedList"]] == [before.id]


async def test_what_the_service_never_knew_is_not_told(
    store: OutboxStore, stock: FoodInventory, clock: LeapingClock
) -> None:
    nameless = packaged(None)
    await bought(store, nameless)
    await stock.take_away(nameless.id)
    clock.passed = 3600
    assert await store.tell_removed() == 0


async def test_a_clock_that_was_set_back_delays_nothing_for_ever(
    store: OutboxStore, stock: FoodInventory, clock: LeapingClock
) -> None:
    milk = packaged()
    await bought(store, milk)
    await stock.take_away(milk.id)
    clock.jumped = -timedelta(days=400)
    assert await store.tell_removed() == 1


async def test_without_a_topic_nothing_is_told_and_nothing_is_lost(
    database: Database, store: OutboxStore, stock: FoodInventory, clock: LeapingClock, events: EventBus
) -> None:
    milk = packaged()
    await bought(store, milk)
    await stock.take_away(milk.id)
    clock.passed = 3600
    silent = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
    assert REMOVED_TYPE not in silent.topics
    assert [await silent.tell_removed(), await store.tell_removed()] == [0, 1]


async def test_a_garbled_row_keeps_no_other_back(
    database: Database, store: OutboxStore, stock: FoodInventory, clock: LeapingClock
) -> None:
    foods = [general(), general(), packaged()]
    await bought(store, *foods)
    for food in foods:
        await stock.take_away(food.id)
    await database.run(lambda c: c.execute("UPDATE items SET name = NULL WHERE id = ?", (foods[0].id,)))
    last = "9999-12-31T23:59:59-12:00"
    await database.run(lambda c: c.execute("UPDATE item_notes SET gone_at = ? WHERE item = ?", (last, foods[1].id)))
    clock.passed = 3600
    await store.tell_removed()
    assert foods[2].id in [food["itemId"] for body in await removals(store) for food in body["removedList"]]


async def test_registrations_are_as_they_were(store: OutboxStore) -> None:
    food = packaged()
    await bought(store, food)
    (entry,) = await store.entries()
    day = date(2026, 12, 1).isoformat()
    assert json.loads(entry.message.body) == {
        "refrigeratorId": 17,
        "foodList": [{"itemId": food.id, "name": "우유", "ftypeId": 2, "expirationDate": day}],
    }


def test_a_message_that_is_too_large_is_halved() -> None:
    foods = [removed_food(general(), START) for _ in range(5)]
    parts = halves(removed_body(17, foods))
    assert parts is not None
    (first, few), (second, many) = parts
    assert few + many == 5
    listed = [food for part in (first, second) for food in json.loads(part)["removedList"]]
    assert listed == [food.model_dump() for food in foods]
    with pytest.raises(InvalidValue):
        removed_body(17, [])
