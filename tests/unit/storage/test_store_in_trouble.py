"""A store that is full, or whose rows the disk has garbled."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import suppress

import pytest

from befresh_agent.domain.delivery_events import MessageDead, ReadingsDropped
from befresh_agent.domain.events import Event, SessionRecovered
from befresh_agent.domain.messages import FOOD_TYPE, SENSOR_TYPE
from befresh_agent.errors import StoreFull
from befresh_agent.storage.database import Database
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import BOX, START, container, general, reading, register


def insert_sensor_batch(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO outbox (id, kind, topic, key, headers, body, digest, items, created)"
        " VALUES (?, ?, ?, '17', '[]', ?, 0, 7, ?)",
        ("filler", SENSOR_TYPE, "sensor-data-topic", b"x" * 4000, START.isoformat()),
    )


def insert_item(connection: sqlite3.Connection) -> None:
    connection.execute(
        "INSERT INTO items (id, session, kind, name, registered_at) VALUES (?, 's', 3, ?, ?)",
        (str(connection.total_changes), "x" * 4000, START.isoformat()),
    )


async def fill(database: Database, insert: Callable[[sqlite3.Connection], None]) -> None:
    """Insert until not a single one fits any more."""
    for amount in (500, 100, 10, 1):

        def stuff(connection: sqlite3.Connection, amount: int = amount) -> None:
            for _ in range(amount):
                insert(connection)

        with suppress(StoreFull):
            while True:
                await database.run(stuff)


async def test_when_full_the_oldest_readings_go_and_are_counted_but_never_food(
    store: OutboxStore, database: Database, told: list[Event]
) -> None:
    await register(store, "first", general("처음"))
    await store.settle("first")
    await fill(database, insert_sensor_batch)
    for n in range(40):
        await register(store, f"s{n}", *(general(f"{n}-{m}") for m in range(20)))
        assert await store.settle(f"s{n}") == 20
    for minute in range(50):
        await store.keep_reading(reading(BOX, minute))
    assert await store.batch() == 50
    entries = await store.entries()
    assert sum(entry.message.topic == "food-regist" for entry in entries) == 41
    left = [entry.message.seq for entry in entries if entry.message.id == "filler"]
    assert left == list(range(left[0], left[-1] + 1)), "the oldest went, one after the other"
    assert sum(event.count for event in told if isinstance(event, ReadingsDropped)) == 7 * (left[0] - 2) > 0


async def test_a_store_full_of_food_refuses_loudly(store: OutboxStore, database: Database) -> None:
    await fill(database, insert_item)
    with pytest.raises(StoreFull):
        await register(store, "t", *(general(f"{n:03}" * 30) for n in range(120)))


def garble(connection: sqlite3.Connection, change: str) -> None:
    connection.execute(change)


async def test_a_message_garbled_on_disk_does_not_leave(
    store: OutboxStore, database: Database, told: list[Event]
) -> None:
    for name in ("사과", "배"):
        await register(store, name, general(name))
        await store.settle(name)
    await database.run(lambda c: garble(c, "UPDATE outbox SET body = replace(body, '사', '자') WHERE seq = 1"))
    assert [message.seq for message in await store.peek(FOOD_TYPE)] == []
    assert [message.seq for message in await store.peek(FOOD_TYPE)] == [2]
    assert MessageDead(1, "food-regist", "garbled on disk") in told
    assert await store.retry(None) == []


@pytest.mark.parametrize("kind", [None, "", "befresh.food.reg\x1b", b"\xff\xfe", 7, "befresh.sensor.batch.v2"])
async def test_a_message_whose_kind_is_garbled_travels_all_the_same(
    store: OutboxStore, database: Database, kind: object
) -> None:
    await register(store, "s", general("사과"))
    await store.settle("s")
    await database.run(lambda c: c.execute("UPDATE outbox SET kind = ?", (kind,)))
    assert await store.peek(FOOD_TYPE) == []
    await store.recover()
    assert [message.seq for message in await store.peek(FOOD_TYPE)] == [1]


@pytest.mark.parametrize("change", ["measured = 'x'", "measured = '[4.5]'", "taken_at = 'y'", "address = 'z'"])
async def test_a_reading_garbled_on_disk_is_counted_and_the_rest_travels(
    store: OutboxStore, database: Database, told: list[Event], change: str
) -> None:
    for minute in range(3):
        await store.keep_reading(reading(minute=minute))
    await database.run(lambda c: garble(c, f"UPDATE readings SET {change} WHERE number = 2"))
    assert await store.batch() == 2
    assert ReadingsDropped(1) in told


@pytest.mark.parametrize("measured", ['{"temperature": 4.5, "radon": 1.2}', '{"temperature": 4.5, "co2": "much"}'])
async def test_a_reading_that_another_release_kept_travels_as_far_as_it_is_understood(
    store: OutboxStore, database: Database, told: list[Event], measured: str
) -> None:
    await store.keep_reading(reading())
    await database.run(lambda c: c.execute("UPDATE readings SET measured = ?", (measured,)))
    assert await store.batch() == 1
    (entry,) = await store.entries()
    (sample,) = json.loads(entry.message.body)["data"][BOX]
    assert sample["data"] == dict.fromkeys(sample["data"]) | {"temperature": 4.5}
    assert not [event for event in told if isinstance(event, ReadingsDropped)]


@pytest.mark.parametrize("change", ["kind = 9", "address = 'z'", "registered_at = 'y'", "name = x'ff00'"])
async def test_an_item_garbled_on_disk_does_not_hold_up_its_session(
    store: OutboxStore, database: Database, told: list[Event], change: str
) -> None:
    await register(store, "s", container("김치"), general("사과"))
    await database.run(lambda c: garble(c, f"UPDATE items SET {change} WHERE kind = 1"))
    await store.recover()
    assert SessionRecovered("s", 1) in told
    await store.recover()
    assert len(await store.entries()) == 1
