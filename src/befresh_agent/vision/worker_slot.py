"""One place of the vision pool: a worker, or the next one on its way.

In: frames, one at a time. Out: answers; or `DeviceError` for a frame whose worker died or hung, and the next worker.
"""

import asyncio

from befresh_agent.errors import DeviceError
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_loop import within
from befresh_agent.vision import fork_server
from befresh_agent.vision.vision_worker import Program, WorkerDied, WorkerProcess
from befresh_agent.vision.worker_wire import FrameAnswer, FrameRequest, PhotoRequest, WorkerReady

_PAUSE_S = 1.0
"""Before another try when a worker died without having answered once."""
_USUAL_ROOM = 1 << 21
"""Bytes: the camera's usual picture, and every one that `scan` shows."""
_MOST_MB = 300.0
"""A worker that has grown to this leaks: a new one needs a third."""


class Slot:
    """Made inside a running loop; `end` it."""

    def __init__(self, program: Program, hang_s: float, clock: Clock) -> None:
        self._program = program
        self._hang_s = hang_s
        self._clock = clock
        self._room = _USUAL_ROOM
        self._has_answered = True
        self._start()

    @property
    def pid(self) -> int | None:
        """The worker's process id while there is one."""
        worker = self._worker()
        return worker.pid if worker else None

    @property
    def ready(self) -> WorkerReady:
        """What the worker says of itself."""
        worker = self._worker()
        return worker.ready if worker else WorkerReady()

    async def ask(self, request: FrameRequest | PhotoRequest, picture: bytes) -> FrameAnswer:
        """Show the worker a frame's rows, or a photo's file. Raises `DeviceError` when it died or hung."""
        limit_s = self._hang_s * request.looks
        try:
            async with within(limit_s):
                answer = await (await self._with_room_for(picture)).ask(request, picture)
        except TimeoutError as error:
            raise await self._lost(f"no answer within {limit_s:g} s") from error
        except WorkerDied as error:
            raise await self._lost(str(error)) from error
        self._has_answered = True
        if answer.memory_mb > _MOST_MB:
            await self._replace()
        return answer

    async def end(self) -> None:
        if worker := self._worker():
            await worker.kill()
        self._starting.cancel()

    def _start(self) -> None:
        pause_s = 0.0 if self._has_answered else _PAUSE_S
        self._has_answered = False
        self._starting = asyncio.create_task(self._started(pause_s))
        self._starting.add_done_callback(lambda done: done.cancelled() or done.exception())  # told with the next frame

    async def _started(self, pause_s: float) -> WorkerProcess:
        await self._clock.sleep(pause_s)
        return await WorkerProcess.start(self._program, self._room)

    def _worker(self) -> WorkerProcess | None:
        started = self._starting
        return started.result() if started.done() and not started.cancelled() and not started.exception() else None

    async def _with_room_for(self, picture: bytes) -> WorkerProcess:
        if len(picture) > self._room:
            self._room = len(picture)
            await self._replace()
        return await asyncio.shield(self._starting)

    async def _lost(self, why: str) -> DeviceError:
        if not self._starting.done():
            await fork_server.stop()  # it hangs, or whoever it forked last
        await self._replace()
        return DeviceError(why)

    async def _replace(self) -> None:
        await self.end()
        self._start()
