"""Fault 17: a clock that jumps by ten years, or has never been set."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from tests.delivery.bench import BOX, bench, kafka_settings, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import read_all


class JumpingClock(SystemClock):
    """Right, ten years late, ten years early, and at the epoch, as on a machine without a clock before it has net."""

    jumps = (timedelta(0), timedelta(days=3653), timedelta(days=-3653), None)
    turn = 0

    def now(self) -> datetime:
        self.turn += 1
        jump = self.jumps[self.turn % len(self.jumps)]
        return datetime(1970, 1, 1, 0, 1, tzinfo=UTC) if jump is None else super().now() + jump


async def test_fault_17_ids_stay_unique_and_the_order_is_that_of_the_numbers(broker: MockKafka, path: Path) -> None:
    async with bench(path, kafka_settings(broker.bootstrap), clock=JumpingClock()) as desk:
        desk.start()
        for n in range(20):
            await register(desk.store, f"food {n}")
        await desk.drained()
        assert (await desk.store.summary()).oldest_s == 0
    records = await read_all(broker.bootstrap)
    assert len({record.id for record in records}) == 20
    assert [json.loads(record.body)["foodList"][0]["name"] for record in records] == [f"food {n}" for n in range(20)]
    assert [record.headers["ce_sequence"] for record in records] == [str(n) for n in range(1, 21)]


async def test_fault_17_a_reading_from_before_the_clock_was_set_travels_like_any_other(
    broker: MockKafka, path: Path
) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        early = datetime(1970, 1, 1, 0, 1, tzinfo=UTC)
        await desk.store.keep_reading(Reading(BOX, early, Measurement(4.5), clock_synced=False))
        await desk.store.batch()
        desk.start()
        await desk.drained()
    (record,) = await read_all(broker.bootstrap)
    assert json.loads(record.body)["data"][BOX][0]["time"] == "1970-01-01 00:01"
