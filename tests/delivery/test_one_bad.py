"""One topic or one address of the broker is bad in every way there is; the others' messages arrive as ever."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing, contextmanager
from pathlib import Path

import pytest

from befresh_agent.domain.delivery_events import BrokerLost, TopicFound, TopicLost
from befresh_agent.storage.message_table import MessageState
from tests.delivery.bench import Bench, bench, kafka_settings, measure, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.proxy import black_hole, captive_portal, unused_address
from tests.delivery.reader import TOPICS, read_all

FOOD, SENSOR = TOPICS


async def delivered(desk: Bench, topic: str) -> int:
    entries = await desk.store.entries([MessageState.DELIVERED])
    return sum(entry.message.topic == topic for entry in entries)


@pytest.mark.parametrize("code", [3, 17, 29])
@pytest.mark.parametrize("bad", TOPICS)
async def test_a_topic_that_the_broker_does_not_give_holds_up_no_other(
    broker: MockKafka, path: Path, bad: str, code: int
) -> None:
    """Missing, misnamed, forbidden."""
    (good,) = set(TOPICS) - {bad}
    broker.topic_error(bad, code)
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        began = time.monotonic()
        for n in range(10):
            await register(desk.store, f"food {n}")
            await measure(desk.store)
            await asyncio.sleep(0.2)
        assert await delivered(desk, good) >= 9
        async with asyncio.timeout(20):
            while not desk.heard(TopicLost):
                await asyncio.sleep(0.05)
        (lost,) = desk.heard(TopicLost)
        assert lost.topic == bad
        assert bad in lost.error
        assert "on the broker: kafka-" in lost.error
        assert desk.heard(BrokerLost) == []
        assert await delivered(desk, bad) == 0
        broker.topic_error(bad, 0)
        await desk.drained()
        assert [event.topic for event in desk.heard(TopicFound)] == [bad]
        assert time.monotonic() - began < 60
    assert len(await read_all(broker.bootstrap)) == 20


async def test_topics_that_were_misspelt_and_are_corrected(broker: MockKafka, path: Path) -> None:
    wrong = {"food_topic": "food-regsit", "sensor_topic": "sensor-dta"}
    for topic in wrong.values():
        broker.topic_error(topic, 3)
    async with bench(path, kafka_settings(broker.bootstrap, **wrong)) as desk:
        await register(desk.store, "kimchi")
        await measure(desk.store, 2)
        desk.start()
        while len(desk.heard(TopicLost)) < 2:
            await asyncio.sleep(0.05)
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        await register(desk.store, "milk")
        await measure(desk.store, 2)
        desk.start()
        await desk.drained()
    assert len(await read_all(broker.bootstrap)) == 6


Address = AbstractAsyncContextManager[str]


@asynccontextmanager
async def refused() -> AsyncIterator[str]:
    yield unused_address()


@asynccontextmanager
async def unknown_name() -> AsyncIterator[str]:
    yield "kafka-0.invalid:9092"


@contextmanager
def _full_queue() -> Iterator[str]:
    """Whoever connects hears nothing at all, as from a machine that is off."""
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        fillers = [socket.socket() for _ in range(3)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listening.getsockname())
        yield f"127.0.0.1:{listening.getsockname()[1]}"
        for filler in fillers:
            filler.close()


@asynccontextmanager
async def nobody() -> AsyncIterator[str]:
    with _full_queue() as address:
        yield address


BAD = [refused, nobody, black_hole, captive_portal, unknown_name]


@pytest.mark.parametrize("bad", BAD)
@pytest.mark.parametrize("count", [1, 4])
async def test_bad_addresses_before_the_good_one_hold_up_nothing_for_long(
    broker: MockKafka, path: Path, bad: Callable[[], Address], count: int
) -> None:
    async with bad() as address:
        servers = ",".join([*[address] * count, broker.bootstrap])
        async with bench(path, kafka_settings(servers)) as desk:
            await register(desk.store, "kimchi")
            await measure(desk.store)
            desk.start()
            await desk.drained(40)
    assert len(await read_all(broker.bootstrap)) == 2


@pytest.mark.parametrize("bad", [refused, nobody])
async def test_a_dead_address_of_a_name_hides_no_living_one(
    broker: MockKafka, path: Path, bad: Callable[[], Address], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As an IPv6 address that leads nowhere does before an IPv4 one."""
    host, _, port = broker.bootstrap.partition(":")
    real = socket.getaddrinfo
    async with bad() as dead:
        dead_host, _, dead_port = dead.partition(":")

        def look_up(name: str, number: int, **hints: int) -> list[object]:
            if name != "kafka.example":
                return list(real(name, number, **hints))
            both = [(dead_host, int(dead_port))] * 3 + [(host, int(port))]
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in both]

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        broker.advertise("kafka.example", 9092)
        async with bench(path, kafka_settings("kafka.example:9092")) as desk:
            await register(desk.store, "kimchi")
            desk.start()
            began = time.monotonic()
            await desk.drained(20)
            assert time.monotonic() - began < 10
    broker.advertise(host, int(port))
    assert len(await read_all(broker.bootstrap)) == 1


async def test_a_broker_that_names_an_address_nobody_knows_here_is_told_with_the_remedy(
    broker: MockKafka, path: Path
) -> None:
    broker.advertise("kafka-0.kafka.svc.invalid", 9092)
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        await register(desk.store, "kimchi")
        desk.start()
        async with asyncio.timeout(30):
            while not desk.heard(BrokerLost):
                await asyncio.sleep(0.05)
    assert "advertised.listeners" in desk.heard(BrokerLost)[0].error
