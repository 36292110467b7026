import asyncio

import pytest

from befresh_agent.delivery.delivery_lane import QueueSignal
from befresh_agent.domain.delivery_events import MessageQueued
from befresh_agent.runtime.event_bus import EventBus
from tests.unit.storage.stand_ins import LeapingClock


class Standstill(LeapingClock):
    async def sleep(self, seconds: float) -> None:
        await asyncio.Event().wait()


async def test_it_rings_for_its_topic_only(events: EventBus) -> None:
    bell = QueueSignal(events, LeapingClock(), "food-regist")
    events.emit(MessageQueued(1, "sensor-data-topic", ""))
    assert not await bell.wait(1)
    events.emit(MessageQueued(2, "food-regist", ""))
    assert await bell.wait(1)
    assert not await bell.wait(1), "one ring is heard once"


async def test_a_hushed_bell_has_not_rung(events: EventBus) -> None:
    bell = QueueSignal(events, LeapingClock())
    events.emit(MessageQueued(1, "food-regist", ""))
    bell.clear()
    assert not await bell.wait(1)


@pytest.mark.parametrize("steps", range(6))
async def test_a_waiter_can_be_cancelled_at_any_moment(events: EventBus, steps: int) -> None:
    bell = QueueSignal(events, Standstill())

    async def listen() -> None:
        while True:
            await bell.wait(1)

    task = asyncio.create_task(listen())
    await asyncio.sleep(0.01)
    events.emit(MessageQueued(1, "food-regist", ""))
    for _ in range(steps):
        await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()
