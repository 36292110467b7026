import json
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from befresh_agent.domain.delivery_events import DatabaseRebuilt, MessageQueued
from befresh_agent.domain.events import Event, SessionRecovered
from befresh_agent.domain.quantities import restored
from befresh_agent.errors import InvalidValue, StoreError
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.delivery.consumers import as_before
from tests.unit.storage.stand_ins import (
    BOX,
    OTHER_BOX,
    START,
    LeapingClock,
    container,
    general,
    packaged,
    reading,
    register,
)


async def bodies(store: OutboxStore) -> list[dict[str, object]]:
    return [json.loads(entry.message.body) for entry in await store.entries()]


def roster(connection: sqlite3.Connection) -> list[str]:
    return [row["address"] for row in connection.execute("SELECT address FROM containers ORDER BY rowid")]


async def test_a_session_travels_as_one_message(store: OutboxStore, told: list[Event]) -> None:
    await register(store, "s", container(), packaged(), general())
    assert await store.settle("s") == 3
    (body,) = await bodies(store)
    assert body["refrigeratorId"] == 17
    assert as_before(body["foodList"]) == [
        {"name": "김치", "ftypeId": 1, "qrId": BOX},
        {"name": "우유", "ftypeId": 2, "expirationDate": "2026-12-01"},
        {"name": "사과", "ftypeId": 3},
    ]
    assert told == [MessageQueued(1, "food-regist", "김치, 우유, 사과")]


async def test_what_the_codes_on_a_pack_say_travels(store: OutboxStore, database: Database) -> None:
    milk = replace(packaged(), product="09506000134352", lot="AB12")
    await register(store, "s", milk)
    await store.settle("s")
    assert await database.run(lambda c: tuple(c.execute("SELECT product, lot FROM items").fetchone())) == (
        "09506000134352",
        "AB12",
    )
    food = json.loads((await store.entries())[0].message.body)["foodList"][0]
    assert (food["itemId"], food["gtin"], food["lot"]) == (milk.id, "09506000134352", "AB12")


async def test_settling_again_sends_nothing_again(store: OutboxStore) -> None:
    await register(store, "s", general())
    assert [await store.settle("s"), await store.settle("s")] == [1, 0]
    assert len(await store.entries()) == 1


async def test_an_empty_session_sends_nothing(store: OutboxStore, told: list[Event]) -> None:
    assert await store.settle("nobody") == 0
    assert await store.entries() == []
    assert told == []


async def test_unnamed_items_stay_and_travel_once_they_are_named(store: OutboxStore) -> None:
    apple, milk = general(), packaged(None)
    await register(store, "s", apple, milk)
    assert await store.settle("s") == 1
    assert await store.unnamed() == [milk]
    assert await store.name(milk.id, " 우유 ") == 2
    assert await store.unnamed() == []
    foods = as_before((await bodies(store))[1]["foodList"])
    assert foods == [{"name": "우유", "ftypeId": 2, "expirationDate": "2026-12-01"}]


async def test_a_blank_name_is_no_name(store: OutboxStore) -> None:
    await register(store, "s", general("  "))
    assert await store.settle("s") == 0
    assert [item.name for item in await store.unnamed()] == [None]


async def test_an_item_named_during_its_session_travels_with_it(store: OutboxStore) -> None:
    apple = general(None)
    await register(store, "s", apple)
    assert await store.name(apple.id, "사과") is None
    assert await store.settle("s") == 1


async def test_naming_refuses_what_makes_no_sense(store: OutboxStore) -> None:
    apple = general()
    await register(store, "s", apple)
    await store.settle("s")
    with pytest.raises(InvalidValue):
        await store.name(apple.id, "  ")
    with pytest.raises(StoreError, match="has its name already: 사과"):
        await store.name(apple.id, "배")
    with pytest.raises(StoreError, match="no item nowhere"):
        await store.name("nowhere", "배")


async def test_a_removed_item_was_never_registered(store: OutboxStore) -> None:
    apple, pear = general("사과"), general("배")
    await register(store, "s", apple, pear)
    await store.remove(pear.id)
    assert await store.settle("s") == 1
    assert "배" not in str(await bodies(store))


async def test_what_has_travelled_cannot_be_removed(store: OutboxStore) -> None:
    apple = general()
    await register(store, "s", apple)
    await store.settle("s")
    await store.remove(apple.id)
    assert len(await store.entries()) == 1


async def test_a_discarded_session_leaves_nothing(store: OutboxStore, database: Database) -> None:
    await register(store, "s", container(), general(None))
    await register(store, "other", general("배"))
    assert await store.discard("s") == 2
    assert await database.run(roster) == []
    assert await store.settle("s") == 0
    assert await store.settle("other") == 1


async def test_a_container_joins_the_roster_with_its_item_and_leaves_with_it(
    store: OutboxStore, database: Database
) -> None:
    first, again, other = container(), container(), container(address=OTHER_BOX)
    await register(store, "s", first, other, again)
    assert await database.run(roster) == [BOX, OTHER_BOX]
    await store.remove(first.id)
    await store.remove(other.id)
    assert await database.run(roster) == [BOX]
    await store.remove(again.id)
    assert await database.run(roster) == []


async def test_a_container_that_was_there_before_stays(store: OutboxStore, database: Database) -> None:
    await register(store, "yesterday", container())
    await store.settle("yesterday")
    again = container()
    await register(store, "today", again)
    await store.remove(again.id)
    assert await database.run(roster) == [BOX]


async def test_an_item_that_cannot_travel_is_not_kept(store: OutboxStore, database: Database) -> None:
    with pytest.raises(StoreError, match="cannot travel"):
        await store.add("s", container(address=OTHER_BOX[:-1]))  # type: ignore[arg-type]  # a cut address
    assert await database.run(roster) == []


async def test_numbers_have_no_gaps_and_headers_tell_the_store(store: OutboxStore) -> None:
    for n in range(3):
        await register(store, f"s{n}", general())
        await store.settle(f"s{n}")
        await store.keep_reading(reading())
        await store.batch()
    headers = [dict(entry.message.headers) for entry in await store.entries()]
    assert [one["ce_sequence"] for one in headers] == ["1", "2", "3", "4", "5", "6"]
    assert len({one["ce_storeid"] for one in headers}) == 1
    assert len({one["ce_id"] for one in headers}) == 6
    assert {one["ce_source"] for one in headers} == {"/befresh/fridge/17"}
    assert [one["ce_type"] for one in headers[:2]] == ["befresh.food.registered.v1", "befresh.sensor.batch.v1"]
    assert headers[0]["ce_time"] == "2026-11-21T09:30:00.000+00:00"


async def test_readings_become_one_message_and_are_gone(store: OutboxStore, told: list[Event]) -> None:
    for minute in range(3):
        await store.keep_reading(reading(BOX, minute))
    await store.keep_reading(reading(OTHER_BOX))
    assert [await store.batch(), await store.batch()] == [4, 0]
    (body,) = await bodies(store)
    assert body["execute_time"] == "2026-11-21"
    data = body["data"]
    assert isinstance(data, dict)
    assert [sample["time"] for sample in data[BOX]] == ["2026-11-21 09:30", "2026-11-21 09:31", "2026-11-21 09:32"]
    assert restored(data[OTHER_BOX][0]["data"]) == reading(OTHER_BOX).values
    assert told == [MessageQueued(1, "sensor-data-topic", "4 readings of 2 containers")]


async def test_a_reading_shows_at_its_container(store: OutboxStore, database: Database) -> None:
    await register(store, "s", container())
    await store.keep_reading(reading(BOX, 7))
    row = await database.run(lambda c: c.execute("SELECT last_taken, last_reading FROM containers").fetchone())
    assert row["last_taken"] == (START + timedelta(minutes=7)).isoformat()
    assert json.loads(row["last_reading"])["humidity"] == 61


async def test_interrupted_sessions_are_settled_at_the_start(store: OutboxStore, told: list[Event]) -> None:
    await register(store, "s", general(), packaged(None))
    await register(store, "t", general(None))
    await store.recover()
    assert [event for event in told if isinstance(event, SessionRecovered)] == [
        SessionRecovered("s", 1),
        SessionRecovered("t", 0),
    ]
    await store.recover()
    assert len(await store.entries()) == 1
    assert len(await store.unnamed()) == 2


async def test_a_replaced_database_is_reported(tmp_path: Path, clock: LeapingClock) -> None:
    path = tmp_path / "broken.db"
    path.write_bytes(b"this is no database" * 500)
    events, told = EventBus(), list[Event]()
    events.subscribe(told.append)
    async with Database(path) as database:
        await OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events).recover()
    assert [type(event) for event in told] == [DatabaseRebuilt]


async def test_a_guest_names_for_the_fridge_of_the_agent(
    store: OutboxStore, database: Database, clock: LeapingClock
) -> None:
    await store.recover()
    apple = general(None)
    await register(store, "s", apple)
    await store.settle("s")
    async with Database(database.path, owner=False) as beside:
        guest = OutboxStore(beside, fridge_id=None, topics=KafkaSettings(), clock=clock, events=EventBus())
        assert await guest.name(apple.id, "사과") == 1
    assert (await bodies(store))[0]["refrigeratorId"] == 17


async def test_the_summary_counts_and_ages(store: OutboxStore, clock: LeapingClock) -> None:
    for n in range(3):
        await register(store, f"s{n}", general(), general(None))
        await store.settle(f"s{n}")
    await store.mark([1], MessageState.DELIVERED)
    await clock.sleep(90)
    summary = await store.summary()
    assert (summary.waiting, summary.oldest_s, summary.dead, summary.unnamed) == (2, 90, 0, 3)


async def test_delivered_messages_are_forgotten_after_their_days(store: OutboxStore, clock: LeapingClock) -> None:
    for n in range(2):
        await register(store, f"s{n}", general())
        await store.settle(f"s{n}")
    await store.mark([1], MessageState.DELIVERED)
    await clock.sleep(29 * 86400)
    await store.prune(30, 30)
    assert len(await store.entries()) == 2
    await clock.sleep(2 * 86400)
    await store.prune(30, 30)
    assert [entry.message.seq for entry in await store.entries()] == [2]


async def test_an_item_whose_date_is_in_doubt_waits_for_a_look_and_for_its_name(store: OutboxStore) -> None:
    milk, tofu = replace(packaged(None), doubted=True), replace(packaged("두부"), doubted=True)
    await register(store, "s", milk, tofu, general())
    assert await store.settle("s") == 1
    assert (await store.summary()).unnamed == 2
    assert await store.confirm(tofu.id) == 2, "it has its name"
    assert await store.name(milk.id, "우유") is None, "its date is still in doubt"
    assert await store.confirm(milk.id) == 3
    assert await store.confirm(milk.id) is None, "once"
    assert (await store.summary()).unnamed == 0
    with pytest.raises(StoreError, match="no item"):
        await store.confirm("nobody")


async def test_a_date_may_be_confirmed_before_its_food_is_named(store: OutboxStore) -> None:
    milk = replace(packaged(None), doubted=True)
    await register(store, "s", milk)
    await store.settle("s")
    assert await store.confirm(milk.id) is None
    assert await store.name(milk.id, "우유") == 1
