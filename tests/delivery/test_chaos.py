"""Fault 20: three brokers and every fault at random, while the agent registers and measures."""

import asyncio
import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.delivery.bench import bench, frozen, kafka_settings, measure, register
from tests.delivery.mock_kafka import CUT, METADATA, PRODUCE, MockKafka
from tests.delivery.reader import TOPICS, read_all

PASSING = (6, 7, 19, 20, 56, CUT)
DOUBTFUL = (45, 47, 59, -1, 89, 29)
LONG = [pytest.param(15, run, marks=pytest.mark.chaos) for run in range(10)]


def faults(cluster: MockKafka, chance: random.Random) -> list[Callable[[], None]]:
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
        leader_moves,
    ]


async def storm(cluster: MockKafka, chance: random.Random, seconds: float) -> None:
    """Faults at random moments; in the end everything is well again."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        chance.choice(faults(cluster, chance))()
        await asyncio.sleep(chance.uniform(0.05, 0.7))
        if chance.random() < 0.5:
            cluster.up()
    cluster.up()
    cluster.slow(0)
    cluster.answer_well(PRODUCE)
    cluster.answer_well(METADATA)


@pytest.mark.parametrize(("seconds", "run"), [(5, 0), *LONG])
async def test_fault_20_in_any_storm_nothing_is_lost_and_nothing_altered(
    path: Path, seed: int, seconds: float, run: int
) -> None:
    chance = random.Random(f"{seed}/{run}")
    with MockKafka(brokers=3) as cluster:
        async with bench(path, kafka_settings(cluster.bootstrap)) as desk:
            desk.start()
            trouble = asyncio.create_task(storm(cluster, chance, seconds))
            count = 0
            while not trouble.done():
                count += 1
                await register(desk.store, f"food {count}")
                await measure(desk.store, chance.randrange(4), readings=1)
                await asyncio.sleep(chance.uniform(0, 0.05))
            before = time.monotonic()
            await desk.drained(60)
            drained = time.monotonic() - before
            expected = await frozen(desk.store)
        records = await read_all(cluster.bootstrap)
    assert set(expected) == {record.id for record in records}, "lost"
    assert all(record.body == expected[record.id] for record in records), "altered"
    assert not [task for task in asyncio.all_tasks() if "site-packages/aiokafka" in str(task)]
    print(f"{len(expected)} messages, {len(records) - len(expected)} duplicates, drained in {drained:.1f} s")
