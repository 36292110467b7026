"""One worker process as the agent sees it: started, asked, killed.

In: frames while a session is open. Out: findings, or `WorkerDied`. It is none of the library's pools: before Python
3.12 they can hang for good when a worker dies while a frame is on its way (python/cpython#94777).
"""

import asyncio
import contextlib
import os
from collections.abc import Callable
from ctypes import c_ubyte
from dataclasses import dataclass
from multiprocessing import heap
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from typing import Any

from befresh_agent.vision import fork_server
from befresh_agent.vision.fork_server import CONTEXT, in_thread
from befresh_agent.vision.worker import Shared
from befresh_agent.vision.worker_wire import FrameAnswer, FrameRequest, PhotoRequest, WorkerReady

_REAP_S = 2.0
_IN_MEMORY = ("/dev/shm",)
"""Where `multiprocessing` lays what processes share; a root in which an image is made has none that a user may use."""

Work = Callable[[Connection, Shared, str], None]
"""The whole life of a worker; runs in its process."""


class WorkerDied(Exception):
    """The process ended by itself."""


@dataclass(frozen=True, slots=True)
class Program:
    """What a worker runs."""

    work: Work
    reader: str


class WorkerProcess:
    """One running worker, which answers one request after the other."""

    def __init__(self, process: ForkServerProcess, channel: Connection, shared: Shared) -> None:
        self._process = process
        self._channel = channel
        self._memory = memoryview(shared).cast("B")
        self._exchange = self._begin(self._receive)
        self.ready = WorkerReady()
        """What it said when it had loaded its libraries."""

    @classmethod
    async def start(cls, program: Program, room: int) -> "WorkerProcess":
        """Start one with room for pictures of so many bytes. Raises `WorkerDied` when the system cannot.

        The memory has no name, so nothing is left of it when its last user is gone, however that ended.
        """
        ours, theirs = CONTEXT.Pipe()
        shared = _shared(room)
        process = CONTEXT.Process(target=program.work, args=(theirs, shared, program.reader), daemon=True)
        try:
            await fork_server.start(process)
        except (OSError, EOFError) as error:
            raise WorkerDied(f"no process could be started: {error or 'the fork server died'}") from error
        finally:
            theirs.close()
        worker = cls(process, ours, shared)
        worker.ready = await worker._done()
        return worker

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def room(self) -> int:
        return self._memory.nbytes

    async def ask(self, request: FrameRequest | PhotoRequest, picture: bytes) -> FrameAnswer:
        """Show it a frame's rows, or a photo's file. Raises `WorkerDied`."""
        await self._done()  # an answer that nobody waited for comes first
        self._exchange = self._begin(lambda: self._ask(request, picture))
        answer: FrameAnswer = await self._done()
        return answer

    async def kill(self) -> None:
        """End it now, whatever it is doing."""
        await in_thread(self._end)
        await asyncio.wait([self._exchange], timeout=_REAP_S)

    @staticmethod
    def _begin(job: Callable[[], Any]) -> asyncio.Task[Any]:
        exchange = asyncio.create_task(in_thread(job))
        exchange.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may wait for it
        return exchange

    async def _done(self) -> Any:
        """The end of what is going on, which nobody's impatience cuts off: half an answer would confuse the next."""
        await asyncio.wait([self._exchange])
        return self._exchange.result()

    def _ask(self, request: FrameRequest | PhotoRequest, picture: bytes) -> Any:
        self._memory[: len(picture)] = picture
        with contextlib.suppress(OSError):  # then there is an end to receive
            self._channel.send(request)
        return self._receive()

    def _receive(self) -> Any:
        try:
            return self._channel.recv()
        except (EOFError, OSError) as error:
            self._process.join(_REAP_S)
            raise WorkerDied(f"the vision worker died (exit code {self._process.exitcode})") from error

    def _end(self) -> None:
        if self._process.is_alive():  # else its number may be another's by now
            self._process.kill()
        self._process.join(_REAP_S)


def _shared(room: int) -> Shared:
    arena: Any = heap.Arena
    arena._dir_candidates = [folder for folder in _IN_MEMORY if os.access(folder, os.W_OK)]
    try:
        shared: Shared = CONTEXT.RawArray(c_ubyte, room)
    except OSError as error:
        raise WorkerDied(f"there is no room for a picture: {error}") from error
    return shared
