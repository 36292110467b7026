"""How late the event loop runs: the agent measures it on itself, all the time."""

import asyncio
import math
from collections import deque
from collections.abc import Callable

_EVERY_S = 0.02
_IDLE_EVERY_S = 0.25
"""While nothing is going on, measuring must not be what the agent does most."""
_KEPT = 6000
"""Two minutes of a session."""


class LoopLag:
    """Asks to be woken every 20 ms and notes how much later it was; less often while not `busy`."""

    def __init__(self, busy: Callable[[], bool] = lambda: True) -> None:
        self._busy = busy
        self._late: deque[float] = deque(maxlen=_KEPT)
        self._worst = 0.0

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            pause = _EVERY_S if self._busy() else _IDLE_EVERY_S
            due = loop.time() + pause
            await asyncio.sleep(pause)
            late = max(0.0, loop.time() - due)
            self._late.append(late)
            self._worst = max(self._worst, late)

    def milliseconds(self) -> dict[str, float]:
        """Half of all wake-ups were at most `p50` late, 99 of 100 at most `p99`; `max` is the worst since the start."""
        ordered = sorted(self._late)
        return {
            "p50": _milliseconds(_quantile(ordered, 0.50)),
            "p99": _milliseconds(_quantile(ordered, 0.99)),
            "max": _milliseconds(self._worst),
        }


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def _milliseconds(seconds: float) -> float:
    return round(seconds * 1000, 2)
