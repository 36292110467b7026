"""What only a real broker can prove: idempotence, logins, permissions, and its own restart."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, OutOfOrderSequenceNumber
from confluent_kafka.admin import AclBinding, AclOperation, AclPermissionType, ResourcePatternType, ResourceType
from pydantic import SecretStr

from befresh_agent.doctor.check import CheckState as Verdict
from befresh_agent.doctor.check import ExaminedMachine
from befresh_agent.doctor.checks.services import broker
from befresh_agent.domain.delivery_events import BrokerLost, MessageSplit, TopicFound, TopicLost
from befresh_agent.domain.food_names import LONGEST
from befresh_agent.settings.model import SecretSettings, Settings
from befresh_agent.storage.message_table import MessageState
from tests.delivery.bench import bench, frozen, kafka_settings, measure, register
from tests.delivery.proxy import proxy
from tests.delivery.reader import Record, read_all
from tests.kafka.broker import Kafka

pytestmark = pytest.mark.kafka
T = TypeVar("T")


async def records(kafka: Kafka, topics: dict[str, str]) -> list[Record]:
    return await read_all(kafka.address(), tuple(topics.values()))


async def heard(what: Callable[[], list[T]]) -> T:
    async with asyncio.timeout(60):
        while not what():
            await asyncio.sleep(0.02)
    return what()[0]


async def test_messages_arrive_exactly(kafka: Kafka, topics: dict[str, str], path: Path) -> None:
    async with bench(path, kafka_settings(kafka.address(), **topics)) as desk:
        await register(desk.store, "김치", "우유")
        await measure(desk.store, 20)
        desk.start()
        await desk.drained()
        expected = [entry.message for entry in await desk.store.entries()]
    found = await records(kafka, topics)
    assert [(one.key, one.headers, one.body) for one in found] == [
        (message.key, dict(message.headers), message.body) for message in expected
    ]


async def test_a_broker_killed_in_mid_stream_loses_and_repeats_nothing(
    kafka: Kafka, topics: dict[str, str], path: Path
) -> None:
    async with bench(path, kafka_settings(kafka.address(), delivery_timeout_s=40, **topics)) as desk:
        desk.start()
        for n in range(30):
            await register(desk.store, f"food {n}")
            await measure(desk.store)
            if n == 10:
                kafka.kill()
            if n == 20:
                await asyncio.to_thread(kafka.start)
        await desk.drained(90)
        expected = await frozen(desk.store)
    found = await records(kafka, topics)
    assert {record.id: record.body for record in found} == expected
    for topic in topics.values():
        numbers = [int(record.headers["ce_sequence"]) for record in found if record.topic == topic]
        assert list(dict.fromkeys(numbers)) == sorted(set(numbers))


async def test_a_lost_acknowledgement_leaves_one_copy(kafka: Kafka, topics: dict[str, str], path: Path) -> None:
    inside = f"127.0.0.1:{kafka.ports['PROXIED']}"
    async with proxy(inside, port=kafka.proxy_port) as wire:
        settings = kafka_settings(kafka.address("PROXIED"), delivery_timeout_s=20, **topics)
        async with bench(path, settings) as desk:
            desk.start()
            await register(desk.store, "before")
            await desk.drained()
            for n in range(5):
                wire.swallow = True
                await register(desk.store, f"food {n}")
                await desk.drained()
                assert not wire.swallow
            expected = await frozen(desk.store)
    found = await records(kafka, topics)
    assert len(found) == len(expected) == 6
    assert {record.id: record.body for record in found} == expected


async def test_a_poisoned_producer_never_recovers_and_ours_is_replaced(
    kafka: Kafka, topics: dict[str, str], path: Path, request: pytest.FixtureRequest
) -> None:
    """First what happens to whoever keeps such a producer, then that the agent does not."""
    small = f"{request.node.name}-small"
    kafka.create_topics(small, **{"max.message.bytes": "20000"})
    producer = AIOKafkaProducer(bootstrap_servers=kafka.address(), enable_idempotence=True)
    await producer.start()
    await producer.send_and_wait(small, b"small", key=b"17")
    with pytest.raises(MessageSizeTooLargeError):
        await producer.send_and_wait(small, bytes(30_000), key=b"17")
    with pytest.raises(OutOfOrderSequenceNumber):
        await producer.send_and_wait(small, b"small", key=b"17")
    await producer.stop()

    async with bench(path, kafka_settings(kafka.address(), **(topics | {"food_topic": small}))) as desk:
        names = ("".join(map(chr, range(first, first + LONGEST))) for first in range(0xAC00, 0xAC00 + 11_000, LONGEST))
        await register(desk.store, *names)
        await register(desk.store, "small")
        desk.start()
        await desk.drained()
        assert {entry.state for entry in await desk.store.entries()} == {MessageState.DELIVERED}
        assert desk.heard(MessageSplit), "what is larger than the topic takes travels in parts"


def login(kafka: Kafka, name: str) -> dict[str, object]:
    return {"security": "sasl_ssl", "ca_file": kafka.folder / "ca.pem", "username": name}


def password(word: str) -> SecretSettings:
    return SecretSettings(kafka_password=SecretStr(word))


def allow(kafka: Kafka, user: str, *names: str) -> None:
    """Let the user write to topics."""
    everywhere = (f"User:{user}", "*", AclOperation.ALL, AclPermissionType.ALLOW)
    rules = [AclBinding(ResourceType.TOPIC, name, ResourcePatternType.LITERAL, *everywhere) for name in names]
    admin = kafka.admin()
    for done in admin.create_acls(rules).values():
        done.result(30)


async def test_the_fridge_logs_in_over_tls(kafka: Kafka, topics: dict[str, str], path: Path) -> None:
    allow(kafka, "fridge-17", *topics.values())
    settings = kafka_settings(kafka.address("SASL_SSL"), **login(kafka, "fridge-17"), **topics)
    async with bench(path, settings, secrets=password("wrong")) as desk:
        await register(desk.store, "사과")
        desk.start()
        lost = await heard(lambda: desk.heard(BrokerLost))
        assert "Authentication" in lost.error
        assert (await desk.store.summary()).waiting == 1
    async with bench(path, settings, secrets=password("right")) as desk:
        desk.start()
        await desk.drained()
    assert len(await records(kafka, topics)) == 1


async def test_the_fridge_shows_its_certificate(kafka: Kafka, topics: dict[str, str], path: Path) -> None:
    certificate = kafka.authority.issue_cert("fridge-18", common_name="fridge-18")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(path.with_name("fridge.pem")))
    allow(kafka, "fridge-18", *topics.values())
    mine = {"security": "ssl", "ca_file": kafka.folder / "ca.pem", "cert_file": path.with_name("fridge.pem")}
    async with bench(path, kafka_settings(kafka.address("SSL"), **mine, **topics)) as desk:
        await register(desk.store, "사과")
        desk.start()
        await desk.drained()
    assert len(await records(kafka, topics)) == 1


async def test_without_permission_everything_waits_until_it_is_given(
    kafka: Kafka, topics: dict[str, str], path: Path
) -> None:
    allow(kafka, "stranger", topics["food_topic"])
    settings = kafka_settings(kafka.address("SASL_SSL"), **login(kafka, "stranger"), **topics)
    async with bench(path, settings, secrets=password("known")) as desk:
        await measure(desk.store, 2)
        await register(desk.store, "사과")
        desk.start()
        lost = await heard(lambda: desk.heard(TopicLost))
        assert "TopicAuthorizationFailed" in lost.error
        async with asyncio.timeout(30):
            while (await desk.store.summary()).waiting > 2:
                await asyncio.sleep(0.02)
        assert [entry.state for entry in await desk.store.entries()] == [MessageState.WAITING] * 2 + [
            MessageState.DELIVERED
        ]
        allow(kafka, "stranger", topics["sensor_topic"])
        await desk.drained(60)
        assert len(desk.heard(TopicLost)) == len(desk.heard(TopicFound)) == 1
    assert len(await records(kafka, topics)) == 3


async def test_a_missing_topic_is_waited_for(kafka: Kafka, path: Path, request: pytest.FixtureRequest) -> None:
    names = {"food_topic": f"{request.node.name}-food", "sensor_topic": f"{request.node.name}-sensor"}
    async with bench(path, kafka_settings(kafka.address(), **names)) as desk:
        await register(desk.store, "사과")
        desk.start()
        await heard(lambda: desk.heard(TopicLost))
        assert {entry.state for entry in await desk.store.entries()} == {MessageState.WAITING}
        kafka.create_topics(*names.values())
        await desk.drained(60)
    assert len(await records(kafka, names)) == 1


async def test_the_doctor_looks_through_every_door(kafka: Kafka, topics: dict[str, str], path: Path) -> None:
    for fridge in ("fridge-17", "fridge-18"):
        allow(kafka, fridge, *topics.values())
    certificate = kafka.authority.issue_cert("fridge-18", common_name="fridge-18")
    certificate.private_key_and_cert_chain_pem.write_to_path(str(path.with_name("fridge.pem")))
    ca = {"ca_file": kafka.folder / "ca.pem"}
    doors: dict[str, tuple[dict[str, object], SecretSettings]] = {
        "PLAINTEXT": ({}, SecretSettings()),
        "SSL": (ca | {"security": "ssl", "cert_file": path.with_name("fridge.pem")}, SecretSettings()),
        "SASL_SSL": (login(kafka, "fridge-17"), password("right")),
    }
    for door, (mine, secrets) in doors.items():
        settings = Settings(kafka=kafka_settings(kafka.address(door), **mine, **topics), secrets=secrets)
        assert {check.state for check in await broker(ExaminedMachine(settings))} == {Verdict.OK}, door
    wrong = Settings(
        kafka=kafka_settings(kafka.address("SASL_SSL"), **login(kafka, "fridge-17")), secrets=password("no")
    )
    (check,) = await broker(ExaminedMachine(wrong))
    assert (check.state, "Authentication" in check.detail) == (Verdict.BROKEN, True)
    stranger = Settings(kafka=kafka_settings(kafka.address("SSL"), security="ssl"))
    (check,) = await broker(ExaminedMachine(stranger))
    assert (check.state, "certificate" in check.detail.lower()) == (Verdict.BROKEN, True)
