"""Watches how many files this process may still open: without any it can start no helper and answer nobody.

In: the kernel's count. Out: whoever runs it is told to end, in order; the service manager then starts it afresh.
"""

import asyncio
import errno
import logging
import resource
from collections.abc import Callable
from pathlib import Path

_LOOK_S = 5.0
_RESERVE = 16
"""Fewer than these left, twice in a row, is no passing wave of visitors: something leaks."""

log = logging.getLogger("agent")


def left() -> int:
    """How many files may still be opened."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    try:
        return limit - len(list(Path("/proc/self/fd").iterdir()))
    except OSError as error:
        return 0 if error.errno in (errno.EMFILE, errno.ENFILE) else _RESERVE


async def watch(end: Callable[[], None], look_s: float = _LOOK_S) -> None:
    """Call `end` once files have run out, and return."""
    short = 0
    while short < 2:
        await asyncio.sleep(look_s)
        short = short + 1 if left() < _RESERVE else 0
    log.error("no more files can be opened: something leaks them; ending in order, to be started afresh")
    end()
