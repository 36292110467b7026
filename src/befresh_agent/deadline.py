"""A time limit that also holds while its task is being cancelled, which is when things are closed.

`asyncio.timeout` before Python 3.11.3 (Debian 12 has 3.11.2) lets `CancelledError` out in that case where
`TimeoutError` is due (python/cpython#102780), and whoever waited for it to end a hanging process never does.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[asyncio.Timeout]:
    """As `asyncio.timeout`: raises `TimeoutError` when the block takes longer, and cancels what it waits for."""
    task = asyncio.current_task()
    assert task is not None
    wishes = task.cancelling()
    limit = None
    try:
        async with asyncio.timeout(seconds) as limit:
            yield limit
    except asyncio.CancelledError:
        if limit is not None and limit.expired() and task.cancelling() <= wishes:
            raise TimeoutError from None
        raise
