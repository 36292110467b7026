"""Faults 7 to 11: every way a broker can answer, lose its answer, or answer late."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.producer.message_accumulator import MessageBatch

from befresh_agent.domain.delivery_events import BrokerLost, MessageDead, MessageSplit, TopicLost
from befresh_agent.domain.food_names import LONGEST
from befresh_agent.storage.message_table import MessageState
from tests.delivery.bench import BOX, bench, frozen, kafka_settings, measure, register
from tests.delivery.mock_kafka import CUT, PRODUCE, MockKafka
from tests.delivery.proxy import proxy
from tests.delivery.reader import TOPICS, read_all


@pytest.fixture
def producers(monkeypatch: pytest.MonkeyPatch) -> list[AIOKafkaProducer]:
    """Every producer that is made."""
    made: list[AIOKafkaProducer] = []
    init = AIOKafkaProducer.__init__

    def remember(self: AIOKafkaProducer, *arguments: object, **options: object) -> None:
        made.append(self)
        init(self, *arguments, **options)

    monkeypatch.setattr(AIOKafkaProducer, "__init__", remember)
    return made


@pytest.fixture
def sequences(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str, int, int]]:
    """The producer id, topic, first sequence and size of every batch: what a real broker would check."""
    seen: list[tuple[int, str, int, int]] = []
    set_state = MessageBatch.set_producer_state

    def note(self: MessageBatch, producer_id: int, producer_epoch: int, base_sequence: int) -> None:
        seen.append((producer_id, self.tp.topic, base_sequence, self.record_count))
        set_state(self, producer_id, producer_epoch, base_sequence)

    monkeypatch.setattr(MessageBatch, "set_producer_state", note)
    return seen


def assert_no_gap_after_a_failure(sequences: list[tuple[int, str, int, int]]) -> None:
    expected: dict[tuple[int, str], int] = {}
    for producer, topic, base, count in sequences:
        assert base == expected.get((producer, topic), 0)
        expected[producer, topic] = base + count


async def deliver_with(broker: MockKafka, path: Path, *codes: int) -> Counter[MessageState]:
    async with bench(path, kafka_settings(broker.bootstrap, delivery_timeout_s=20)) as desk:
        desk.start()
        await register(desk.store, "before")
        await desk.drained()
        broker.answer(PRODUCE, *codes)
        await register(desk.store, "during")
        await measure(desk.store, 3)
        await desk.drained()
        expected = await frozen(desk.store)
        states = Counter(entry.state for entry in await desk.store.entries())
    assert {record.id: record.body for record in await read_all(broker.bootstrap)} == expected
    return states


@pytest.mark.parametrize("code", [6, 7, 19, 20, 56, CUT])
async def test_fault_07_passing_troubles_need_no_new_producer(
    broker: MockKafka, path: Path, code: int, producers: list[AIOKafkaProducer]
) -> None:
    assert await deliver_with(broker, path, code) == {MessageState.DELIVERED: 5}
    assert len(producers) == len(TOPICS)


@pytest.mark.parametrize("code", [45, 47, 59, -1, 89])
async def test_fault_08_a_producer_in_doubt_is_replaced_and_leaves_no_gap(
    broker: MockKafka,
    path: Path,
    code: int,
    producers: list[AIOKafkaProducer],
    sequences: list[tuple[int, str, int, int]],
) -> None:
    assert await deliver_with(broker, path, code) == {MessageState.DELIVERED: 5}
    assert len(producers) == len(TOPICS) + 1
    assert_no_gap_after_a_failure(sequences)


@pytest.mark.parametrize("code", [87, 44])
async def test_fault_09_a_poisonous_message_is_isolated_and_the_rest_flows(
    broker: MockKafka, path: Path, code: int
) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        await measure(desk.store, 5)
        broker.answer(PRODUCE, code, code, code)  # all five together, then the first alone, twice
        desk.start()
        await desk.drained()
        states = {entry.message.seq: entry.state for entry in await desk.store.entries()}
        assert states == {1: MessageState.DEAD} | dict.fromkeys((2, 3, 4, 5), MessageState.DELIVERED)
        assert [event.seq for event in desk.heard(MessageDead)] == [1]
    assert [int(record.headers["ce_sequence"]) for record in await read_all(broker.bootstrap)] == [2, 3, 4, 5]


async def test_fault_09_a_message_too_large_for_us_travels_in_parts(broker: MockKafka, path: Path) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        await register(desk.store, *["김" * LONGEST] * 3500)  # more than the megabyte that the library takes
        await register(desk.store, "small")
        desk.start()
        await desk.drained()
        assert {entry.state for entry in await desk.store.entries()} == {MessageState.DELIVERED}
    foods = [len(json.loads(record.body)["foodList"]) for record in await read_all(broker.bootstrap)]
    assert (sum(foods), max(foods) < 3500) == (3501, True)


@pytest.mark.parametrize("code", [10, 18])
async def test_fault_09_a_message_too_large_travels_in_parts(broker: MockKafka, path: Path, code: int) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        await measure(desk.store, 1, readings=9)
        broker.answer(PRODUCE, code, code, code)  # the whole, its halves together, and the first half alone
        desk.start()
        await desk.drained()
        expected = await frozen(desk.store)
        assert {entry.state for entry in await desk.store.entries()} == {MessageState.DELIVERED}
        assert [(event.seq, event.other) for event in desk.heard(MessageSplit)] == [(1, 2), (1, 3)]
    records = await read_all(broker.bootstrap)
    assert {record.id: record.body for record in records} == expected
    assert sum(len(json.loads(record.body)["data"][BOX]) for record in records) == 9


async def test_fault_10_a_topic_that_is_forbidden_waits_by_itself(broker: MockKafka, path: Path) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        broker.answer(PRODUCE, *[29] * 200)
        await register(desk.store, "waits")
        await measure(desk.store, 2)
        desk.start()
        while len(desk.heard(TopicLost)) < 2:
            await asyncio.sleep(0.02)
        await asyncio.sleep(1.5)
        assert {event.topic for event in desk.heard(TopicLost)} == set(TOPICS)
        assert all("--operation Write" in event.error for event in desk.heard(TopicLost))
        assert {entry.state for entry in await desk.store.entries()} == {MessageState.WAITING}
        broker.answer_well(PRODUCE)
        await desk.drained()
    assert len(await read_all(broker.bootstrap)) == 3


@pytest.mark.parametrize("code", [31])
async def test_fault_10_without_permission_messages_wait_and_nothing_dies(
    broker: MockKafka, path: Path, code: int
) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        broker.answer(PRODUCE, *[code] * 200)
        await register(desk.store, "waits")
        await measure(desk.store, 2)
        desk.start()
        while not desk.heard(BrokerLost):
            await asyncio.sleep(0.02)
        await asyncio.sleep(1.5)
        assert "Authorization" in desk.heard(BrokerLost)[0].error
        assert {entry.state for entry in await desk.store.entries()} == {MessageState.WAITING}
        assert len(desk.heard(BrokerLost)) == 1
        broker.answer_well(PRODUCE)
        await desk.drained()
    assert len(await read_all(broker.bootstrap)) == 3


async def test_fault_11_a_lost_acknowledgement_repeats_at_most_the_same_id_and_bytes(
    broker: MockKafka, path: Path
) -> None:
    async with proxy(broker.bootstrap) as wire:
        broker.advertise("127.0.0.1", wire.port)
        async with bench(path, kafka_settings(wire.address)) as desk:
            desk.start()
            await register(desk.store, "before")
            await desk.drained()
            wire.swallow = True
            await register(desk.store, "lost")
            await desk.drained()
            expected = await frozen(desk.store)
        broker.advertise(*address(broker))
    records = await read_all(broker.bootstrap)
    assert {record.id: record.body for record in records} == expected
    assert all(record.body == expected[record.id] for record in records)
    assert len(records) <= 3


async def test_fault_11_a_late_acknowledgement_repeats_at_most_the_same_id_and_bytes(
    broker: MockKafka, path: Path
) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        await register(desk.store, "before")
        await desk.drained()
        broker.answer_late(PRODUCE, 4000)
        await register(desk.store, "late")
        await desk.drained()
        expected = await frozen(desk.store)
    records = await read_all(broker.bootstrap)
    assert {record.id: record.body for record in records} == expected
    assert len(records) <= 2 + 3


def address(broker: MockKafka) -> tuple[str, int]:
    host, _, port = broker.bootstrap.partition(":")
    return host, int(port)
