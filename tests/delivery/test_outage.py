"""Faults 4, 5, 6 and 12: a broker that is refused, silent, pretended, gone for a week, or has moved."""

import asyncio
import logging
import socket
import subprocess
import sys
import time
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from befresh_agent.adapters.kafka.kafka_publisher import KafkaPublisher
from befresh_agent.domain.delivery_events import BrokerFound, BrokerLost
from tests.delivery.bench import bench, frozen, kafka_settings, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.proxy import black_hole, captive_portal, proxy, unused_address
from tests.delivery.reader import read_all


def aiokafka_tasks() -> list[str]:
    """What a producer has left running."""
    return [str(task) for task in asyncio.all_tasks() if "site-packages/aiokafka" in str(task)]


@asynccontextmanager
async def refused() -> AsyncIterator[str]:
    yield unused_address()


@pytest.mark.parametrize("kind", [refused, black_hole, captive_portal])
async def test_fault_04_registration_is_confirmed_at_once_whatever_stands_in_place_of_the_broker(
    kind: "type[AbstractAsyncContextManager[str]]", broker: MockKafka, path: Path
) -> None:
    async with kind() as address, bench(path, kafka_settings(address)) as desk:
        desk.start()
        await asyncio.sleep(0.1)
        slowest = 0.0
        for n in range(10):
            before = time.monotonic()
            await register(desk.store, f"food {n}")
            slowest = max(slowest, time.monotonic() - before)
            await asyncio.sleep(0.02)
        assert slowest < 1
        while not desk.heard(BrokerLost):
            await asyncio.sleep(0.02)
        assert (await desk.store.summary()).waiting == 10
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        await desk.drained()
    assert len(await read_all(broker.bootstrap)) == 10


async def test_fault_06_stopping_in_an_outage_is_quick_and_nothing_is_delivered_later(
    broker: MockKafka, path: Path
) -> None:
    async with bench(path, kafka_settings(broker.bootstrap, delivery_timeout_s=60)) as desk:
        desk.start()
        await register(desk.store, "warm")
        await desk.drained()
        broker.down()
        await register(desk.store, "late")
        await asyncio.sleep(0.3)
        before = time.monotonic()
        await desk.relay.stop(4)
        assert time.monotonic() - before < 10
    assert not aiokafka_tasks()
    broker.up()
    await asyncio.sleep(2)
    assert len(await read_all(broker.bootstrap)) == 1
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        await desk.drained()
        expected = await frozen(desk.store)
    assert {record.id: record.body for record in await read_all(broker.bootstrap)} == expected


@pytest.mark.parametrize("moment", [0.0, 0.05, 0.5, 2.0])
async def test_fault_06_stopping_while_connecting_to_a_silent_peer(path: Path, moment: float) -> None:
    async with black_hole() as address, bench(path, kafka_settings(address, start_timeout_s=60)) as desk:
        await register(desk.store, "waits")
        desk.start()
        await asyncio.sleep(moment)
        before = time.monotonic()
        await desk.relay.stop(1)
        assert time.monotonic() - before < 7
    assert not aiokafka_tasks()


def test_fault_06_a_name_server_that_does_not_answer_does_not_hold_up_the_end(path: Path) -> None:
    command = [sys.executable, "-m", "tests.delivery.deaf_resolver", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "stopping\n"
        before = time.monotonic()
        assert process.stdout.read() == "ended\n"
        assert process.wait(30) == 0
    assert time.monotonic() - before < 10


async def test_fault_12_a_host_name_that_leads_elsewhere_is_looked_up_again(
    broker: MockKafka, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _, port = broker.bootstrap.partition(":")
    nowhere = unused_address().partition(":")[2]
    leads_to = nowhere

    def look_up(name: str, number: int, **hints: int) -> list[object]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, int(leads_to if name == "kafka.example" else number)))
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    async with bench(path, kafka_settings("kafka.example:9092")) as desk:
        await register(desk.store, "사과")
        desk.start()
        while not desk.heard(BrokerLost):
            await asyncio.sleep(0.02)
        leads_to = port
        await desk.drained()
    assert len(await read_all(broker.bootstrap)) == 1


async def test_fault_12_a_broker_that_moves_is_found_again(broker: MockKafka, path: Path) -> None:
    """The address in the settings stays, as a DNS name does; what it leads to tells a new one."""
    async with proxy(broker.bootstrap) as entrance:
        settings = kafka_settings(entrance.address)
        async with proxy(broker.bootstrap) as old_home, bench(path, settings) as desk:
            broker.advertise("127.0.0.1", old_home.port)
            desk.start()
            await register(desk.store, "before")
            await desk.drained()
            async with proxy(broker.bootstrap) as new_home:
                broker.advertise("127.0.0.1", new_home.port)
                old_home.black_hole = True
                old_home.cut()
                before = time.monotonic()
                await register(desk.store, "after")
                await desk.drained()
                allowed = settings.delivery_timeout_s + settings.request_timeout_s + 0.5
                assert time.monotonic() - before < allowed * 2
    host, _, port = broker.bootstrap.partition(":")
    broker.advertise(host, int(port))
    assert len({record.id for record in await read_all(broker.bootstrap)}) == 2


async def test_fault_05_a_long_outage_costs_neither_memory_nor_log_lines(
    broker: MockKafka, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The week itself passes by a leaping clock in the relay's tests; here aiokafka is what could leak or talk."""
    caplog.set_level(logging.DEBUG, "befresh_agent")
    broker.down()
    async with bench(path, kafka_settings(broker.bootstrap, request_timeout_s=0.2, delivery_timeout_s=0.3)) as desk:
        await register(desk.store, "waits")
        desk.start()
        await failures(desk.publisher, 5)
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        await failures(desk.publisher, 15)
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        broker.up()
        await desk.drained()
        assert len(desk.heard(BrokerLost)) == len(desk.heard(BrokerFound)) == 1
    assert after - before < 300_000
    assert len(caplog.records) <= 2


async def failures(publisher: KafkaPublisher, count: int) -> None:
    """Until the publisher has come back from so many attempts."""
    seen = 0
    publish = publisher.publish

    async def counted(messages: object) -> object:
        nonlocal seen
        try:
            return await publish(messages)  # type: ignore[arg-type]  # handed through
        finally:
            seen += 1

    publisher.publish = counted  # type: ignore[method-assign, assignment]  # counts and hands through
    async with asyncio.timeout(60):
        while seen < count:
            await asyncio.sleep(0.01)
    publisher.publish = publish  # type: ignore[method-assign]  # back as it was
