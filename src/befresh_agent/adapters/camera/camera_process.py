"""A camera in a process of its own, as the agent sees it.

In: what to open. Out: frames, or `DeviceError`: whatever its library does (raise, abort, hang, leak), it costs that
process, and the next attempt is made by a fresh one.
"""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

from befresh_agent.errors import DeviceError, error_text
from befresh_agent.ports.devices import Frame
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.subprocesses import terminate

_MODULE = "befresh_agent.adapters.camera.camera_worker"
_OPEN_S = 40.0
"""Python, picamera2 and libcamera from the cold card of a small Pi."""
_FRAME_S = 5.0
"""More than the camera itself may wait for a picture, so that it says so and is closed in order."""
_CLOSE_S = 3.0
_SLOW = "it is tried again; should it stay so: sudo befresh-agent doctor"

log = logging.getLogger("camera")


class CameraProcess:
    """Implements `ports.camera.Camera`; may be entered again after it was left."""

    def __init__(
        self, source: str, *, width: int, height: int, open_s: float = _OPEN_S, frame_s: float = _FRAME_S
    ) -> None:
        self._source = source
        self._size = (width, height)
        self._open_s = open_s
        self._frame_s = frame_s
        self._process: Process | None = None
        self._logging: asyncio.Task[None] | None = None
        self._memory = -1
        self._number = 0
        self._last_words = ""

    @property
    def pid(self) -> int | None:
        """The process while there is one."""
        return None if self._process is None else self._process.pid

    async def __aenter__(self) -> Self:
        self._last_words = ""
        self._memory = os.memfd_create("camera")
        try:
            self._process = await self._started()
            self._logging = asyncio.create_task(self._log_lines(self._process))
            await self._answer(self._process, self._open_s)
        except OSError as error:
            await self._end()
            raise DeviceError(f"the camera's process cannot be started: {error_text(error)}") from error
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._end()

    async def frame(self) -> Frame:
        process = self._process
        if process is None or process.stdin is None:
            raise DeviceError("the camera is not open")
        self._number += 1
        process.stdin.write(b"%d\n" % self._number)  # a dead one is told by its answer
        while True:  # an answer that nobody waited for may come first
            answer = await self._answer(process, self._frame_s)
            if answer.get("number") == self._number:
                width, height = answer["width"], answer["height"]
                return Frame(width, height, os.pread(self._memory, width * height, 0))

    async def _started(self) -> Process:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _MODULE, self._source, *map(str, self._size), str(self._memory)),
            str(os.getpid()),
            stdin=PIPE,
            stdout=PIPE,
            stderr=PIPE,
            pass_fds=(self._memory,),
            start_new_session=True,  # Ctrl-C is for the agent, which then ends its camera
        )

    async def _answer(self, process: Process, limit_s: float) -> Mapping[str, Any]:
        """The next one. Raises `DeviceError` for what it says, for its end and for none in time."""
        assert process.stdout is not None
        try:
            async with within(limit_s):
                line = await process.stdout.readline()
                if not line:
                    raise await self._death(process)
        except TimeoutError as error:
            raise DeviceError(f"the camera does not answer within {limit_s:g} s", remedy=_SLOW) from error
        answer: Mapping[str, Any] = json.loads(line)
        if "error" in answer:
            raise DeviceError(answer["error"], remedy=answer["remedy"])
        return answer

    async def _death(self, process: Process) -> DeviceError:
        code = await process.wait()
        if self._logging is not None:
            await asyncio.wait({self._logging}, timeout=_CLOSE_S)
        how = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with code {code}"
        words = f": {self._last_words}" if self._last_words else ""
        return DeviceError(f"the camera's process {how}{words}", remedy=_SLOW)

    async def _end(self) -> None:
        """Let it close its camera; kill it where that takes too long."""
        process, self._process = self._process, None
        log_lines, self._logging = self._logging, None
        try:
            if process is not None:
                await _closed(process)
                if log_lines is not None:
                    log_lines.cancel()
                if not await terminate(process):
                    log.error("the camera's process cannot be ended: a driver holds it")
        finally:
            os.close(self._memory)

    async def _log_lines(self, process: Process) -> None:
        """Libraries' words go to the log; the last of them tell why it died."""
        assert process.stderr is not None
        while True:
            try:
                line = await process.stderr.readline()
            except ValueError:
                continue  # a line longer than the buffer, which is dropped by then
            if not line:
                return
            self._last_words = line.decode(errors="replace").strip()[:200]
            log.info("%s", self._last_words)


async def _closed(process: Process) -> None:
    """Ask it to close its camera and to end, and give it a moment."""
    assert process.stdin is not None
    process.stdin.close()
    with contextlib.suppress(TimeoutError):
        async with within(_CLOSE_S):
            await process.wait()
