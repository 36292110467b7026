"""Time limits, also while a task is being cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from befresh_agent.runtime.event_loop import within

_timeout = asyncio.timeout


@asynccontextmanager
async def _as_in_debian_12(seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """Python 3.11.2: a limit that passes in a task that is being cancelled looks like one more cancellation."""
    task = asyncio.current_task()
    try:
        async with _timeout(seconds) as limit:
            yield limit
    except TimeoutError:
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from None
        raise


@pytest.fixture(params=["this Python", "Debian 12"], autouse=True)
def timeouts(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "Debian 12":
        monkeypatch.setattr(asyncio, "timeout", _as_in_debian_12)


async def test_a_block_that_takes_too_long_is_a_timeout() -> None:
    with pytest.raises(TimeoutError):
        async with within(0.01):
            await asyncio.Event().wait()


async def test_the_limit_can_be_moved() -> None:
    async with within(0.01) as limit:
        limit.reschedule(None)
        await asyncio.sleep(0.05)
    assert not limit.expired()


async def test_it_holds_while_its_task_is_being_cancelled() -> None:
    seen = []

    async def hold() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            try:
                async with within(0.01):
                    await asyncio.Event().wait()
            except TimeoutError:
                seen.append("timeout")

    holding = asyncio.create_task(hold())
    await asyncio.sleep(0)
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
    assert seen == ["timeout"]


async def test_being_cancelled_is_no_timeout() -> None:
    async def hold() -> None:
        async with within(60):
            await asyncio.Event().wait()

    holding = asyncio.create_task(hold())
    await asyncio.sleep(0)
    holding.cancel()
    with pytest.raises(asyncio.CancelledError):
        await holding
