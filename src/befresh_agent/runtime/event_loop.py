"""The loop's housekeeping: errors that libraries leave behind are one line, and garbage collection holds nothing up.

When D-Bus or a broker goes away, libraries leave errors in futures of their own, and asyncio prints a traceback for
each whenever the future is collected. What broke is known by then: so a lost connection is one line, and alike lines
come once a minute. Whatever this program itself forgets is logged in full.
A full collection looks at every object, and all threads wait for it: 100,000 objects of libraries alone take 50 ms on a
PC and several times as long on a Pi. They stay for good; so they are set aside once.
And the time limit to use: `asyncio.timeout` before Python 3.11.3 (Debian 12 has 3.11.2) lets `CancelledError` out while
its task is being cancelled, where `TimeoutError` is due.
"""

import asyncio
import gc
import logging
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from befresh_agent.errors import error_text
from befresh_agent.runtime.own_process import trim_memory

_ONCE_IN_S = 60.0

_OURS = "befresh_agent"

log = logging.getLogger("agent")


def log_lost_errors() -> None:
    """From now on, in the loop that is running."""
    asyncio.get_running_loop().set_exception_handler(LoopErrorHandler())


class LoopErrorHandler:
    """An event loop's exception handler."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: dict[str, float] = {}

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        line = _in_a_line(context)
        if not self._due(line or _kind(context)):
            return
        if line:
            log.warning(line)
        else:
            loop.default_exception_handler(context)

    def _due(self, kind: str) -> bool:
        now = self._now()
        self._told = {told: at for told, at in self._told.items() if now - at < _ONCE_IN_S}
        if kind in self._told:
            return False
        self._told[kind] = now
        return True


def _in_a_line(context: dict[str, Any]) -> str:
    """A complaint that needs no traceback; empty for all others."""
    error, future = context.get("exception"), context.get("future")
    if isinstance(error, OSError) and "socket" in context:
        return f"{context['message']}: {error_text(error)}"
    if not isinstance(error, OSError | EOFError) or future is None or isinstance(future, asyncio.Task):
        return ""
    library = _library(error)
    return "" if library in {"", _OURS} else f"{library} lost a connection: {error_text(error)}"


def _kind(context: dict[str, Any]) -> str:
    """What makes complaints alike: what is said, and where it was raised."""
    error = context.get("exception")
    place = [f"{at.f_code.co_filename}:{line}" for at, line in traceback.walk_tb(error.__traceback__)] if error else []
    return f"{context.get('message')} {type(error).__name__} {place[-1:]}"


def _library(error: BaseException) -> str:
    """The package in whose code it was raised; empty when that is Python's own, or not known."""
    modules = (str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(error.__traceback__))
    packages = [module.partition(".")[0] for module in modules]
    return next((name for name in reversed(packages) if name and name not in sys.stdlib_module_names), "")


_NEVER = 1_000_000


async def freeze_loaded_objects(loaded: Callable[[], Awaitable[object]]) -> None:
    """Put full collections off until everything is loaded, then set aside whatever is there.

    For a process that is the agent's alone: what happens to be garbage at that moment is never freed.
    """
    young, older, oldest = gc.get_threshold()
    gc.set_threshold(young, older, _NEVER)
    try:
        await loaded()
        gc.freeze()
    finally:
        gc.set_threshold(young, older, oldest)


def give_back_memory() -> None:
    """Collect what is garbage now, and give to the system what the allocator keeps for later.

    Each session leaves a few megabytes of both, that pile up from session to session: only full collections find them,
    and pieces that are too small are not given back. Some milliseconds, as loaded objects are set aside.
    """
    gc.collect()
    trim_memory()


async def until_set(event: asyncio.Event, pause: Awaitable[None]) -> None:
    """Until the event is set or the pause is over, whichever is first."""
    ring, rest = asyncio.ensure_future(event.wait()), asyncio.ensure_future(pause)
    try:
        await asyncio.wait((ring, rest), return_when=asyncio.FIRST_COMPLETED)
    finally:
        ring.cancel()  # not awaited: that would swallow a cancellation of our own
        rest.cancel()


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
