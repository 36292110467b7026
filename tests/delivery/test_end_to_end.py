"""Both bodies reach a broker that speaks the real protocol, read back by an independent consumer."""

import asyncio
import json
from pathlib import Path

from befresh_agent.domain.delivery_events import BrokerFound, BrokerLost
from tests.delivery.bench import bench, frozen, kafka_settings, measure, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import read_all


async def test_bodies_keys_and_headers_arrive_exactly(broker: MockKafka, path: Path) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        await register(desk.store, "김치", "우유")
        await measure(desk.store)
        desk.start()
        await desk.drained()
        stored = [entry.message for entry in await desk.store.entries()]
    food, sensor = await read_all(broker.bootstrap)
    assert [food.body, sensor.body] == [message.body for message in stored]
    assert [food.headers, sensor.headers] == [dict(message.headers) for message in stored]
    assert (food.key, sensor.key) == ("17", "17")
    first, second = [food["itemId"] for food in json.loads(food.body)["foodList"]]
    assert food.body.decode() == (
        f'{{"refrigeratorId":17,"foodList":[{{"itemId":"{first}","name":"김치","ftypeId":3}},'
        f'{{"itemId":"{second}","name":"우유","ftypeId":3}}]}}'
    )
    assert list(json.loads(sensor.body)) == ["execute_time", "refrigeratorId", "data"]
    assert food.headers["content-type"] == "application/json"
    assert [food.headers["ce_sequence"], sensor.headers["ce_sequence"]] == ["1", "2"]


async def test_a_broker_that_comes_up_later_gets_everything(broker: MockKafka, path: Path) -> None:
    broker.down()
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        await register(desk.store, "사과")
        await measure(desk.store, 3)
        while not desk.heard(BrokerLost):
            await asyncio.sleep(0.02)
        broker.up()
        await desk.drained()
        assert len(desk.heard(BrokerLost)) == len(desk.heard(BrokerFound)) == 1
    assert len(await read_all(broker.bootstrap)) == 4


async def test_a_restart_of_the_broker_in_mid_stream_loses_nothing(broker: MockKafka, path: Path) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        for n in range(6):
            await register(desk.store, f"food {n}")
            await measure(desk.store)
            if n == 2:
                await desk.drained()
                broker.down()
            if n == 4:
                await asyncio.sleep(0.5)
                broker.up()
        await desk.drained()
        expected = await frozen(desk.store)
    records = await read_all(broker.bootstrap)
    assert {record.id: record.body for record in records} == expected
    for topic in ("food-regist", "sensor-data-topic"):
        first = list(dict.fromkeys(int(r.headers["ce_sequence"]) for r in records if r.topic == topic))
        assert first == sorted(first)
