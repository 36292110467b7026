import json
from datetime import timedelta

from befresh_agent.domain.delivery_events import BrokerFound, BrokerLost
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.ports.storage import exported
from befresh_agent.storage.message_queue import outbox_message
from befresh_agent.storage.message_table import MessageState
from tests.unit.page.conftest import BOX, Kitchen, Open
from tests.unit.storage.stand_ins import refused


async def test_an_outage_is_seen_to_come_and_go(kitchen_with: Open) -> None:
    async with kitchen_with(broker="broker:9092") as kitchen:
        await kitchen.register("우유")
        assert "1 waiting" in (await kitchen.browser.get("/delivery")).text
        kitchen.events.emit(BrokerLost("no route to host", 1))
        page = (await kitchen.browser.get("/delivery")).text
        assert "The broker is out of reach" in page
        assert "no route to host" in page
        kitchen.events.emit(BrokerFound(12.0))
        await kitchen.store.mark([1], MessageState.DELIVERED)
        assert "Everything is delivered" in (await kitchen.browser.get("/delivery")).text
        found = await kitchen.json("/api/v1/messages")
        assert found["delivery"] | {"to": "broker:9092", "broker": "ready", "waiting": 0} == found["delivery"]


async def test_without_a_broker_it_is_the_journal(kitchen: Kitchen) -> None:
    assert "Kept in the journal" in (await kitchen.browser.get("/delivery")).text
    assert (await kitchen.json("/api/v1/messages"))["delivery"]["broker"] == "none"


async def test_what_was_refused_can_be_tried_again(kitchen_with: Open) -> None:
    async with kitchen_with(broker="broker:9092") as kitchen:
        for name in ("우유", "두부"):
            await kitchen.register(name)
        for seq in (1, 1, 1, 2, 2, 2):
            await refused(kitchen.store, seq, "too large")
        page = (await kitchen.browser.get("/delivery?state=dead")).text
        assert page.count("too large") == 2
        await kitchen.browser.post("/delivery/retry", data={"seq": "1"})
        assert [one["state"] for one in (await kitchen.json("/api/v1/messages"))["messages"]] == ["dead", "waiting"]
        assert (await kitchen.browser.post("/api/v1/messages/retry")).json() == {"retried": [2]}
        again = await kitchen.browser.post("/delivery/retry", follow_redirects=True)
        assert "None of them was refused" in again.text


async def test_the_export_is_that_of_the_command(kitchen: Kitchen) -> None:
    for number in range(60):
        await kitchen.register(f"food {number}")
    await kitchen.store.keep_reading(Reading(BOX, kitchen.clock.now() - timedelta(hours=1), Measurement(4.0)))
    await kitchen.store.batch()
    answer = await kitchen.browser.get("/api/v1/messages.jsonl")
    assert "attachment" in answer.headers["content-disposition"]
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert lines == [exported(outbox_message(entry)) for entry in await kitchen.store.entries()]
    assert len(lines) == 61


async def test_messages_come_in_pages_the_newest_first(kitchen: Kitchen) -> None:
    for number in range(45):
        await kitchen.register(f"food {number}")
    first = (await kitchen.json("/api/v1/messages"))["messages"]
    assert [one["seq"] for one in first] == list(range(45, 5, -1))
    rest = (await kitchen.json("/api/v1/messages?before=6"))["messages"]
    assert [one["seq"] for one in rest] == [5, 4, 3, 2, 1]
    assert "before=6" in (await kitchen.browser.get("/delivery")).text


async def test_one_message_with_all_that_travels(kitchen: Kitchen) -> None:
    await kitchen.register("우유")
    message = await kitchen.json("/api/v1/messages/1")
    assert message["body"]["foodList"][0]["name"] == "우유"
    assert message["headers"]["ce_type"] == "befresh.food.registered.v1"
    assert (await kitchen.browser.get("/api/v1/messages/2")).status_code == 404
