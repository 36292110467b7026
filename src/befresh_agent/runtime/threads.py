"""Threads for what blocks: one for a device library, or a daemon thread that neither loop nor program wait for."""

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from befresh_agent.errors import DeviceError
from befresh_agent.runtime.event_loop import within

T = TypeVar("T")

log = logging.getLogger("devices")


class DeviceThread:
    """Does one job after the other. A daemon: a driver that hangs must not keep the agent from ending."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = queue.SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def call(self, job: Callable[[], T], limit_s: float) -> T:
        """Have the job done. Raises what it raises, and `DeviceError` when it takes too long."""
        done: Future[T] = Future()
        self._jobs.put((done, job))
        try:
            async with within(limit_s):
                return await asyncio.wrap_future(done)
        except TimeoutError as error:
            raise DeviceError(f"the {self._name} does not answer within {limit_s:g} s") from error

    async def stop(self, job: Callable[[], object] | None = None, limit_s: float = 3.0) -> None:
        """Let the thread go, after a last job. One that takes too long is not waited for, but done all the same:
        what was not closed would stay busy for whoever comes next. Should it fail, the log says so.
        """
        done: Future[None] = Future()
        if job is not None:
            self._jobs.put((done, lambda: self._close(job)))
        self._jobs.put(None)
        if job is not None:
            await asyncio.wait({asyncio.wrap_future(done)}, timeout=limit_s)

    def _close(self, job: Callable[[], object]) -> None:
        try:
            job()
        except Exception as error:  # noqa: BLE001  # whatever a driver raises: it is gone, and nobody can do more
            log.warning("the %s does not close: %s", self._name, error)

    def _work(self) -> None:
        while (task := self._jobs.get()) is not None:
            done, job = task
            if not done.set_running_or_notify_cancel():
                continue
            try:
                result = job()
            except Exception as error:  # noqa: BLE001  # handed to whoever waits for the job
                done.set_exception(error)
            else:
                done.set_result(result)


async def in_daemon_thread(look: Callable[[], T], name: str = "aside") -> T:
    """What it returns or raises. A file system or driver that hangs keeps nobody but its thread."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: Exception | None) -> None:
        if answer.done():
            return  # nobody waits any more
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def work() -> None:
        result, trouble = None, None
        try:
            result = look()
        except Exception as error:  # noqa: BLE001  # handed to whoever waits
            trouble = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits for the answer
            loop.call_soon_threadsafe(tell, result, trouble)

    threading.Thread(target=work, name=name, daemon=True).start()
    return await answer
