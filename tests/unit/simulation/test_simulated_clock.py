"""Simulated time runs at its own pace and may change it while others wait."""

import asyncio
import time

from befresh_agent.simulation.world import SimulatedClock


async def test_an_hour_passes_in_a_moment() -> None:
    clock, began = SimulatedClock(speed=100_000), time.monotonic()
    before = clock.now()
    await clock.sleep(3600)
    assert time.monotonic() - began < 5
    assert (clock.now() - before).total_seconds() >= 3600


async def test_who_waits_notices_that_time_runs_faster_now() -> None:
    clock, began = SimulatedClock(), time.monotonic()
    waiting = asyncio.create_task(clock.sleep(600))
    await asyncio.sleep(0.01)
    clock.speed = 100_000
    await waiting
    assert time.monotonic() - began < 5


async def test_time_never_jumps_when_its_pace_changes() -> None:
    clock = SimulatedClock(speed=1000)
    await clock.sleep(10)
    before = clock.monotonic()
    clock.speed = 0.1
    assert 0 <= clock.monotonic() - before < 100
