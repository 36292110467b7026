"""Errors that nobody took: when D-Bus or a broker goes away, libraries leave them behind in futures of their own.

asyncio prints a whole traceback for each, whenever the future happens to be collected. What broke is known by then: its
device is lost in the log and in the status. So a connection that a library lost is one line, and alike lines are told
once a minute. Everything else, and whatever this program itself forgets, is told in full as before.
"""

import asyncio
import logging
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any

from befresh_agent.errors import said

_ONCE_IN_S = 60.0
_OURS = "befresh_agent"

log = logging.getLogger("agent")


def told_in_a_line() -> None:
    """From now on, in the loop that is running."""
    asyncio.get_running_loop().set_exception_handler(Unheard())


class Unheard:
    """An event loop's exception handler."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._told: dict[str, float] = {}

    def __call__(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error, future = context.get("exception"), context.get("future")
        if not isinstance(error, OSError | EOFError) or future is None or isinstance(future, asyncio.Task):
            loop.default_exception_handler(context)
            return
        library = _library(error)
        if library in {"", _OURS}:
            loop.default_exception_handler(context)
            return
        self._tell(f"{library} lost a connection: {said(error)}")

    def _tell(self, line: str) -> None:
        now = self._now()
        if now - self._told.get(line, now - _ONCE_IN_S) >= _ONCE_IN_S:
            self._told[line] = now
            log.warning(line)


def _library(error: BaseException) -> str:
    """The package in whose code it was raised; empty when that is Python's own, or not known."""
    modules = (str(frame.f_globals.get("__name__", "")) for frame, _ in traceback.walk_tb(error.__traceback__))
    packages = [module.partition(".")[0] for module in modules]
    return next((name for name in reversed(packages) if name and name not in sys.stdlib_module_names), "")
