"""A library that blocks, in a thread of its own: slow, hanging, failing, and closed all the same."""

import asyncio
import logging
import threading

import pytest

from befresh_agent.errors import DeviceError
from befresh_agent.runtime.threads import DeviceThread


async def test_jobs_are_done_one_after_the_other() -> None:
    thread, done = DeviceThread("camera"), list[int]()
    await asyncio.gather(*(thread.call(lambda n=n: done.append(n), 5) for n in range(5)))  # type: ignore[misc]
    await thread.stop()
    assert done == list(range(5))


async def test_what_a_job_raises_is_raised_here() -> None:
    thread = DeviceThread("camera")
    with pytest.raises(ZeroDivisionError):
        await thread.call(lambda: 1 / 0, 5)
    await thread.stop()


async def test_one_that_hangs_is_a_device_error_and_is_closed_when_it_comes_to_itself() -> None:
    thread, gate, closed = DeviceThread("camera"), threading.Event(), threading.Event()
    with pytest.raises(DeviceError, match="the camera does not answer within"):
        await thread.call(gate.wait, 0.05)
    await thread.stop(closed.set, 0.05)
    assert not closed.is_set()
    gate.set()
    assert await asyncio.to_thread(closed.wait, 10)


async def test_whoever_is_cancelled_while_closing_has_it_closed_too() -> None:
    thread, gate, closed = DeviceThread("camera"), threading.Event(), threading.Event()
    with pytest.raises(DeviceError):
        await thread.call(gate.wait, 0.01)
    ending = asyncio.create_task(thread.stop(closed.set, 30))
    await asyncio.sleep(0)
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    gate.set()
    assert await asyncio.to_thread(closed.wait, 10)


async def test_what_fails_to_close_is_said_and_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def close() -> None:
        raise RuntimeError("Closing failed")

    with caplog.at_level(logging.WARNING, "devices"):
        await DeviceThread("camera").stop(close)
    assert caplog.messages == ["the camera does not close: Closing failed"]
