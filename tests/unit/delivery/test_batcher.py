import asyncio
from datetime import timedelta

import pytest

from befresh_agent.delivery.batcher import ReadingBatcher
from befresh_agent.domain.events import Event, NotKept
from befresh_agent.domain.pacing import phase_of
from befresh_agent.errors import StoreError
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import DeliverySettings
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import BOX, LeapingClock, reading, until


@pytest.fixture
def batcher(store: OutboxStore, clock: LeapingClock, events: EventBus) -> ReadingBatcher:
    return ReadingBatcher(store, DeliverySettings(), fridge_id=17, clock=clock, events=events)


async def run_turns(batcher: ReadingBatcher, clock: LeapingClock, turns: int) -> None:
    before = len(clock.slept)
    task = asyncio.create_task(batcher.run())
    await until(lambda: len(clock.slept) >= before + turns)
    task.cancel()


async def test_turns_come_every_half_hour_at_the_fridge_s_own_minute(
    batcher: ReadingBatcher, clock: LeapingClock
) -> None:
    await run_turns(batcher, clock, 5)
    assert all(wait == pytest.approx(1800) for wait in clock.slept[1:])
    at = (clock.now().timestamp() - phase_of(17, 1800)) % 1800
    assert min(at, 1800 - at) < 0.01


async def test_a_restart_keeps_the_phase(
    batcher: ReadingBatcher, store: OutboxStore, clock: LeapingClock, events: EventBus
) -> None:
    await run_turns(batcher, clock, 2)
    clock.passed += 600
    again = ReadingBatcher(store, DeliverySettings(), fridge_id=17, clock=clock, events=events)
    await run_turns(again, clock, 1)
    at = (clock.now().timestamp() - phase_of(17, 1800)) % 1800
    assert min(at, 1800 - at) < 0.01


@pytest.mark.parametrize("jump", [timedelta(days=3653), timedelta(days=-3653), timedelta(minutes=17)])
async def test_a_clock_that_jumps_neither_doubles_nor_stops_the_turns(
    batcher: ReadingBatcher, clock: LeapingClock, jump: timedelta
) -> None:
    await run_turns(batcher, clock, 2)
    clock.jumped = jump
    before = len(clock.slept)
    task = asyncio.create_task(batcher.run())
    await until(lambda: len(clock.slept) >= before + 4)
    task.cancel()
    assert all(900 <= wait <= 2700 for wait in clock.slept[before + 1 :])


async def test_flushing_sends_everything_kept(
    batcher: ReadingBatcher, store: OutboxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("befresh_agent.storage.message_builder.ROWS_PER_MESSAGE", 4)
    for minute in range(10):
        await store.keep_reading(reading(BOX, minute))
    await batcher.flush()
    assert [entry.items for entry in await store.entries()] == [4, 4, 2]


async def test_a_batch_that_cannot_be_kept_is_told_and_tried_again(
    batcher: ReadingBatcher, store: OutboxStore, told: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> int:
        raise StoreError("disk full")

    await store.keep_reading(reading())
    with monkeypatch.context() as patch:
        patch.setattr(store, "batch", broken)
        await batcher.flush()
    assert told == [NotKept("a batch of readings", "disk full")]
    await batcher.flush()
    assert len(await store.entries()) == 1
