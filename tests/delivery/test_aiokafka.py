"""Fault 22: every private name of aiokafka that is used must still be there, and mean the same, after an upgrade."""

import asyncio
import inspect

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition, errors
from aiokafka.client import AIOKafkaClient
from aiokafka.producer.message_accumulator import MessageAccumulator, MessageBatch
from aiokafka.producer.sender import Sender

from befresh_agent.adapters.kafka.aiokafka_quirks import abort, keep_together, teach_invalid_record, translated
from befresh_agent.errors import DeliveryRefused, DeliveryTransient, NotAuthorised, TooLarge, TopicFault
from tests.delivery.mock_kafka import MockKafka


async def test_fault_22_the_private_names_are_there(broker: MockKafka) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True)
    assert producer._closed is False
    assert isinstance(producer._sender, Sender)
    assert producer._sender._sender_task is None
    assert isinstance(producer.client, AIOKafkaClient)
    accumulator = producer._message_accumulator
    assert isinstance(accumulator, MessageAccumulator)
    assert accumulator._closed is False
    assert accumulator._batches == {}
    assert accumulator._pending_batches == set()
    assert list(inspect.signature(accumulator.fail_all).parameters) == ["exception"]
    assert "base_sequence" in inspect.signature(MessageBatch.set_producer_state).parameters
    start = asyncio.create_task(producer.start())
    await start
    assert isinstance(producer._sender.sender_task, asyncio.Task)
    await (await producer.send("food-regist", b"x", key=b"17"))
    broker.down()
    future = await producer.send("food-regist", b"x", key=b"17")
    (batch,) = accumulator._batches[TopicPartition("food-regist", 0)]
    assert not batch._drain_waiter.done()
    await abort(producer, start)
    assert producer._sender.sender_task.done()
    assert isinstance(future.exception(), errors.ProducerClosed)
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_connection_that_could_not_be_closed_in_time_cancels_nobody(broker: MockKafka) -> None:
    """As a first attempt that was cancelled leaves it: found with two thousand producers and too little processor."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True)
    start = asyncio.create_task(producer.start())
    await start
    for connection in producer.client._conns.values():
        connection._closed_fut.cancel()
    await abort(producer, start)
    assert producer._sender.sender_task.done()


@pytest.mark.parametrize("together", [False, True])
async def test_what_waits_for_a_leader_is_not_dropped_one_by_one(broker: MockKafka, together: bool) -> None:
    """Left alone, the first batch that waits is dropped, and the next one may be sent before it comes again."""
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, enable_idempotence=True, request_timeout_ms=500)
    if together:
        keep_together(producer)
    start = asyncio.create_task(producer.start())
    await start
    await (await producer.send("food-regist", b"before", key=b"17"))
    broker.down()
    first = await producer.send("food-regist", b"first", key=b"17")
    accumulator = producer._message_accumulator
    async with asyncio.timeout(90):
        while accumulator._cluster.leader_for_partition(TopicPartition("food-regist", 0)) not in (None, -1):
            producer.client.cluster._partitions.clear()
            producer.client.cluster._broker_partitions.clear()
            await asyncio.sleep(0.05)
    await asyncio.sleep(1)
    accumulator.drain_by_nodes(set())
    assert first.done() is not together
    await abort(producer, start)
    assert first.exception() is not None


def test_fault_22_errors_keep_their_names() -> None:
    teach_invalid_record()
    meant = {
        errors.MessageSizeTooLargeError: TooLarge,
        errors.RecordListTooLargeError: TooLarge,
        errors.PolicyViolationError: DeliveryRefused,
        errors.for_code(87): DeliveryRefused,
        errors.TopicAuthorizationFailedError: TopicFault,
        errors.InvalidTopicError: TopicFault,
        errors.InvalidTimestampError: DeliveryTransient,
        errors.ClusterAuthorizationFailedError: NotAuthorised,
        errors.SaslAuthenticationFailed: NotAuthorised,
        errors.AuthenticationFailedError: NotAuthorised,
        errors.AuthenticationMethodNotSupported: NotAuthorised,
        errors.UnsupportedSaslMechanismError: NotAuthorised,
        errors.KafkaConnectionError: DeliveryTransient,
        errors.UnknownTopicOrPartitionError: DeliveryTransient,
        errors.UnknownError: DeliveryTransient,
        errors.OutOfOrderSequenceNumber: DeliveryTransient,
        OSError: DeliveryTransient,
    }
    assert {kind: type(translated(kind())) for kind in meant} == meant


def test_a_translated_error_says_what_it_was() -> None:
    assert str(translated(OSError("no route"))) == "OSError: no route"
    assert str(translated(errors.UnknownError())) == "[Error -1] UnknownError"
