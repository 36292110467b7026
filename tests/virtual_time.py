"""Virtual time: a week in seconds. Waiting costs nothing; threads (the database's) are still waited for."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, TypeVarTuple

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

_MORNING = datetime(2026, 11, 21, 6, 0, tzinfo=UTC)


class VirtualClock:
    """The clock of the running `VirtualLoop`, for any thread; starts on a fixed morning."""

    def __init__(self, start: datetime = _MORNING) -> None:
        self._start = start
        self._loop = asyncio.get_running_loop()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return self._loop.time()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(0.0, seconds))


class VirtualLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer as soon as nothing else is going on."""

    def __init__(self) -> None:
        self._elapsed = 0.0
        self._jobs = 0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self._elapsed

    def pass_time(self, seconds: float) -> bool:
        """Let time pass unless a thread is at work, whose result comes first."""
        if self._jobs:
            return False
        self._elapsed += seconds
        return True

    def run_in_executor(self, executor: Executor | None, func: Callable[[*Ts], T], *args: *Ts) -> asyncio.Future[T]:
        self._jobs += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._done)
        return future

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Threads take real time to end: without a limit, as one in virtual time would be over at once."""
        self._jobs += 1
        await super().shutdown_default_executor()
        self._jobs -= 1

    def _done(self, _: asyncio.Future[T]) -> None:
        self._jobs -= 1


class _Selector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or timeout <= 0:
            return super().select(timeout)
        ready = super().select(0)
        if ready or self._loop.pass_time(timeout):
            return ready
        return super().select(None)


def run_virtually(main: Coroutine[Any, Any, T]) -> T:
    """Run it to its end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)
