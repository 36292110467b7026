"""Faults 1 and 3: kill -9 while registering, and between the broker's acknowledgement and our note of it."""

import asyncio
import json
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.storage import readings
from befresh_agent.storage.store import OutboxStore
from tests.delivery.bench import AT, BOX, bench, frozen, kafka_settings, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import read_all

KILLS = [4, pytest.param(100, marks=[pytest.mark.chaos, pytest.mark.timeout(1200)])]


@contextmanager
def victim(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.delivery.victim", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def promised_until_killed(path: Path, chance: random.Random) -> list[str]:
    """What the victim called safe until it was killed at some moment."""
    lines: list[str] = []
    with victim("register", str(path)) as process:
        assert process.stdout is not None
        lines.append(process.stdout.readline())
        deadline = time.monotonic() + chance.uniform(0, 0.3)
        while time.monotonic() < deadline:
            lines.append(process.stdout.readline())
        process.kill()
        lines += process.stdout.readlines()
    assert lines[0], "the victim did not start"
    return [line.strip() for line in lines if line.endswith("\n")]


@pytest.mark.parametrize("kills", KILLS)
async def test_fault_01_killed_while_registering_loses_nothing_and_repeats_nothing(
    path: Path, kills: int, seed: int
) -> None:
    chance = random.Random(seed)
    promised: list[str] = []
    for _ in range(kills):
        promised += await asyncio.to_thread(promised_until_killed, path, chance)
        with closing(sqlite3.connect(path)) as connection:
            assert connection.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    async with bench(path, kafka_settings("nowhere:1")) as desk:
        await desk.store.recover()
        await desk.store.batch()
        bodies = [json.loads(body) for body in (await frozen(desk.store)).values()]
    found = Counter(f"food {food['name']}" for body in bodies for food in body.get("foodList", ()))
    samples = (sample for body in bodies for box in body.get("data", {}).values() for sample in box)
    found += Counter(f"reading {sample['data']['gas']}" for sample in samples)
    assert set(promised) - set(found) == set()
    assert max(found.values()) == 1
    assert len(found) - len(promised) <= kills, "at most the one that was being written"


@pytest.mark.parametrize("kills", KILLS)
async def test_fault_03_killed_between_produce_and_note_repeats_the_same_bytes(
    path: Path, kills: int, seed: int, broker: MockKafka
) -> None:
    chance = random.Random(seed)
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        for n in range(kills):
            began = AT + timedelta(minutes=5 * n)
            await desk.store._write(partial(queue_many, desk.store, began=began))
        for n in range(5 * kills):
            await register(desk.store, f"food {n}")
        expected = await frozen(desk.store)
    broker.slow(15)
    for _ in range(kills):
        await asyncio.to_thread(deliver_until_killed, path, broker.bootstrap, chance)
    broker.slow(0)
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        await desk.drained(60)
    records = await read_all(broker.bootstrap)
    assert {record.id: record.body for record in records} == expected
    assert all(record.body == expected[record.id] for record in records)
    assert len(records) - len(expected) <= 50 * kills
    for topic in ("food-regist", "sensor-data-topic"):
        first = list(dict.fromkeys(int(r.headers["ce_sequence"]) for r in records if r.topic == topic))
        assert first == sorted(first)


def queue_many(store: OutboxStore, connection: sqlite3.Connection, began: datetime) -> None:
    """Three hundred messages of a reading each, in one go: one by one they would take longer than all that follows."""
    for n in range(300):
        readings.keep(
            connection, Reading(BOX, began + timedelta(seconds=n), Measurement(4.5, 61, 1009.8, 537, 101700, n))
        )
        store._sender.batch(connection, AT, None)


def deliver_until_killed(path: Path, bootstrap: str, chance: random.Random) -> None:
    with victim("deliver", str(path), bootstrap) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        time.sleep(chance.uniform(0, 0.25))
