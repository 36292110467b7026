"""The vision worker seen from the agent: started, asked, killed.

`multiprocessing` is not used: before Python 3.12 its pools can hang for good when a worker dies while a frame is on its
way (python/cpython#94777), and a spawned child imports the whole program once more.
"""

import asyncio
import itertools
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Iterable

from befresh_agent.deadline import within
from befresh_agent.domain.expiry import Window
from befresh_agent.ports.camera import Frame
from befresh_agent.vision.wire import LONGEST_LINE, Answer, Ready, Request, parse_line, request_parts

_MODULE = "befresh_agent.vision.worker"
_REAP_S = 5.0


class WorkerDied(Exception):
    """The process ended by itself."""


class WorkerProcess:
    """One running worker."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._ready: Ready | None = None
        self._sending: asyncio.Task[None] | None = None

    @classmethod
    async def start(cls, reader: str) -> "WorkerProcess":
        """Start one; it is ready when it answers. Raises `OSError` when the system cannot start processes."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _MODULE, reader, str(os.getpid())),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,  # native libraries write to the terminal what nobody asked for
            limit=LONGEST_LINE,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},  # Tesseract is four times slower when its threads compete
            start_new_session=True,  # Ctrl-C is for the agent, which then ends its worker
        )
        return cls(process)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def ready(self) -> Ready:
        """Wait until it has loaded its libraries. Raises `WorkerDied`."""
        while self._ready is None:
            line = await self._line()
            self._ready = line if isinstance(line, Ready) else None
        return self._ready

    async def ask(self, frame: Frame, window: Window, *, fresh: bool, picture: int = 0) -> Answer:
        """Show it a frame; `picture` asks for a small one of that long side. Raises `WorkerDied`."""
        await self.ready()
        number = next(self._numbers)
        await self._send(request_parts(Request(number, frame, window, fresh, picture)))
        while True:  # an answer that nobody waited for may come first
            line = await self._line()
            if isinstance(line, Answer) and line.number == number:
                return line

    async def kill(self) -> None:
        """End it now, whatever it is doing."""
        if self._sending is not None:
            self._sending.cancel()
            await asyncio.gather(self._sending, return_exceptions=True)
        assert self._process.stdin is not None
        self._process.stdin.close()
        if self._process.returncode is None:
            self._process.kill()
        async with within(_REAP_S):
            await self._process.wait()

    async def _send(self, parts: Iterable[bytes | memoryview]) -> None:
        """Send a whole request, even when nobody waits for it any more: half of one would confuse the worker."""
        if self._sending is not None:
            await asyncio.shield(self._sending)
        self._sending = asyncio.create_task(self._write(parts))
        await asyncio.shield(self._sending)

    async def _write(self, parts: Iterable[bytes | memoryview]) -> None:
        assert self._process.stdin is not None
        try:
            for part in parts:
                self._process.stdin.write(part)
                await self._process.stdin.drain()
        except ConnectionError as error:
            raise await self._death() from error

    async def _line(self) -> Ready | Answer:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line.endswith(b"\n"):
            raise await self._death()
        return parse_line(line)

    async def _death(self) -> WorkerDied:
        return WorkerDied(f"the vision worker died (exit code {await self._process.wait()})")
