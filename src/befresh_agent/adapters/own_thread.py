"""A thread of its own for a library that blocks: the loop waits for answers, never for a driver."""

import asyncio
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from befresh_agent.deadline import within
from befresh_agent.errors import DeviceError

T = TypeVar("T")


class OwnThread:
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

    async def end(self, job: Callable[[], object] | None = None, limit_s: float = 3.0) -> None:
        """Let the thread go, after a last job; without it when the job takes too long."""
        try:
            if job is not None:
                await self.call(job, limit_s)
        except DeviceError:
            pass  # the device hangs: whoever closes it has done what can be done
        finally:
            self._jobs.put(None)

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
