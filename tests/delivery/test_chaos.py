"""Fault 20: three brokers and every fault at random, while the agent registers and measures."""

import asyncio
import json
import random
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from tests.delivery.bench import BOX, bench, frozen, kafka_settings, measure, register
from tests.delivery.mock_kafka import CUT, METADATA, PRODUCE, MockKafka
from tests.delivery.reader import TOPICS, read_all

PASSING = (6, 7, 19, 20, 56, CUT)
DOUBTFUL = (45, 47, 59, -1, 89, 29)
LONG = [pytest.param(15, run, marks=pytest.mark.chaos) for run in range(10)]


MISSING, FORBIDDEN, TOO_LARGE = 3, 29, 10


class LeapingClock(SystemClock):
    jumped = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.jumped

    def leap(self, chance: random.Random) -> None:
        self.jumped = timedelta(minutes=chance.choice([0, 20, -20, 60_000, -600_000, 15_000_000, -15_000_000]))


def faults(cluster: MockKafka, chance: random.Random, clock: LeapingClock) -> list[Callable[[], None]]:
    def leader_moves() -> None:
        cluster.lead(chance.choice(TOPICS), chance.choice(cluster.brokers))

    return [
        cluster.down,
        lambda: cluster.broker_down(chance.choice(cluster.brokers)),
        lambda: cluster.answer(PRODUCE, *chance.choices(PASSING, k=chance.randrange(1, 5))),
        lambda: cluster.answer(PRODUCE, *chance.choices(DOUBTFUL, k=chance.randrange(1, 3))),
        lambda: cluster.answer(METADATA, *chance.choices((5, 7, CUT), k=2)),
        lambda: cluster.answer_late(PRODUCE, 2500, broker=chance.choice(cluster.brokers)),
        lambda: cluster.slow(chance.randrange(200)),
        lambda: cluster.answer(PRODUCE, TOO_LARGE),
        lambda: cluster.topic_error(chance.choice(TOPICS), chance.choice((MISSING, FORBIDDEN))),
        lambda: clock.leap(chance),
        leader_moves,
    ]


async def storm(cluster: MockKafka, chance: random.Random, seconds: float, clock: LeapingClock) -> None:
    """Faults at random moments; in the end everything is well again."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        chance.choice(faults(cluster, chance, clock))()
        await asyncio.sleep(chance.uniform(0.05, 0.7))
        if chance.random() < 0.5:
            mended(cluster)
    mended(cluster)
    cluster.slow(0)
    cluster.answer_well(PRODUCE)
    cluster.answer_well(METADATA)


def mended(cluster: MockKafka) -> None:
    cluster.up()
    for topic in TOPICS:
        cluster.topic_error(topic, 0)


@pytest.mark.parametrize(("seconds", "run"), [(5, 0), *LONG])
async def test_fault_20_in_any_storm_nothing_is_lost_and_nothing_altered(
    path: Path, seed: int, seconds: float, run: int
) -> None:
    chance = random.Random(f"{seed}/{run}")
    with MockKafka(brokers=3) as cluster:
        clock = LeapingClock()
        async with bench(path, kafka_settings(cluster.bootstrap), clock=clock) as desk:
            desk.start()
            trouble = asyncio.create_task(storm(cluster, chance, seconds, clock))
            count = readings = 0
            while not trouble.done():
                count += 1
                await register(desk.store, f"food {count}")
                batches, each = chance.randrange(4), chance.randrange(1, 5)
                readings += batches * each
                await measure(desk.store, batches, readings=each)
                await desk.store.prune(30, 30)
                await asyncio.sleep(chance.uniform(0, 0.05))
            before = time.monotonic()
            await desk.drained(60)
            drained = time.monotonic() - before
            expected = await frozen(desk.store)
        records = await read_all(cluster.bootstrap)
    assert set(expected) == {record.id for record in records}, "lost"
    assert all(record.body == expected[record.id] for record in records), "altered"
    carried = [json.loads(body) for body in expected.values()]
    names = [food["name"] for body in carried for food in body.get("foodList", [])]
    assert sorted(names) == sorted(f"food {n + 1}" for n in range(count)), "forgotten"
    assert sum(len(body["data"][BOX]) for body in carried if "data" in body) == readings, "forgotten"
    assert not [task for task in asyncio.all_tasks() if "site-packages/aiokafka" in str(task)]
    print(f"{len(expected)} messages, {len(records) - len(expected)} duplicates, drained in {drained:.1f} s")
