"""Garbage collection that holds nobody up. In: the news that everything is loaded. Out: nothing but shorter halts.

A full collection looks at every object there is, and all threads wait for it: 100,000 objects of libraries alone take
50 ms on a PC and several times as long on a Pi. They stay for good; so they are set aside once, and from then on
collections look only at what came later.
"""

import gc
from collections.abc import Awaitable, Callable

_NEVER = 1_000_000


async def spare_what_stays(loaded: Callable[[], Awaitable[object]]) -> None:
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
