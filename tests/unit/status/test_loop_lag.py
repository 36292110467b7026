"""The agent measures how late its own loop is."""

import asyncio
import time

from befresh_agent.status.loop_lag import LoopLag


async def test_a_blocked_loop_is_seen() -> None:
    lag = LoopLag()
    task = asyncio.create_task(lag.run())
    for _ in range(10):
        await asyncio.sleep(0.02)
    time.sleep(0.3)  # noqa: ASYNC251  # blocking is what this test is about
    await asyncio.sleep(0.05)
    task.cancel()
    measured = lag.milliseconds()
    assert measured["max"] >= 200
    assert 0 <= measured["p50"] <= measured["p99"] <= measured["max"]


def test_before_the_first_measurement() -> None:
    assert LoopLag().milliseconds() == {"p50": 0.0, "p99": 0.0, "max": 0.0}
