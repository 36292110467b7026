"""Fault 13: a lane is cancelled at each of its waits in turn; nothing is lost and nothing goes on running."""

import asyncio
from collections.abc import Coroutine, Generator
from pathlib import Path
from typing import Any

import pytest

from befresh_agent.domain.messages import FOOD_TYPE, SENSOR_TYPE
from befresh_agent.storage.message_table import MessageState
from tests.delivery.bench import Bench, bench, frozen, kafka_settings, measure, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import read_all


class CancelledAt(Coroutine[Any, Any, None]):
    """Runs a coroutine and cancels its task when it waits for the so-manieth time."""

    def __init__(self, inner: Coroutine[Any, Any, None], wait: int) -> None:
        self._inner = inner
        self._left = wait
        self.reached = False

    def send(self, value: Any) -> Any:
        waits_for = self._inner.send(value)
        self._left -= 1
        if self._left == 0:
            self.reached = True
            task = asyncio.current_task()
            assert task is not None
            asyncio.get_running_loop().call_soon(task.cancel)
        return waits_for

    def throw(self, *error: Any) -> Any:
        return self._inner.throw(*error)

    def close(self) -> None:
        self._inner.close()

    def __await__(self) -> Generator[Any, Any, None]:
        raise AssertionError("only ever run as a task")


async def cancelled_lane(desk: Bench, kind: str, wait: int) -> bool:
    """Run the lanes until one is cancelled at that wait, or everything is delivered; whether it came to that wait."""
    run = CancelledAt(desk.relay.lanes[kind].run(), wait)
    task = asyncio.create_task(run)
    others = [asyncio.create_task(lane.run()) for other, lane in desk.relay.lanes.items() if other != kind]
    async with asyncio.timeout(90):
        while not task.done() and (run.reached or (await desk.store.summary()).waiting):
            await asyncio.sleep(0.005)
    for one in (task, *others):
        one.cancel()
    await asyncio.wait([task, *others])
    assert task.cancelled()
    return run.reached


@pytest.mark.parametrize("kind", [FOOD_TYPE, SENSOR_TYPE])
@pytest.mark.parametrize("first", range(2))
async def test_fault_13_cancelled_at_every_wait_loses_nothing(
    broker: MockKafka, path: Path, first: int, kind: str
) -> None:
    wait, reached = 1 + first, True
    total = 0
    while reached:
        async with bench(path, kafka_settings(broker.bootstrap)) as desk:
            await register(desk.store, f"food {wait}")
            await measure(desk.store, 3)
            reached = await cancelled_lane(desk, kind, wait)
        assert not [task for task in asyncio.all_tasks() if "site-packages/aiokafka" in str(task)]
        total += 1
        wait += 2
    assert total > 3, "the relay waits more often than that"
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        desk.start()
        await desk.drained()
        expected = await frozen(desk.store, [MessageState.DELIVERED])
    assert len(expected) == total * 4
    records = await read_all(broker.bootstrap)
    assert {record.id: record.body for record in records} == expected
    assert all(record.body == expected[record.id] for record in records)
