"""Voice stage: one life of the voice process, as the main loop sees it.

In: the command. Out: what it writes to standard error goes to the log; how it ended.
"""

import asyncio
import contextlib
import logging
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from befresh_agent.deadline import within

_log = logging.getLogger("voice")
_GRACE_S = 2.0


class VoiceProcess:
    """Entering starts it, with `options` on its standard input, and raises `OSError`; leaving ends it, kindly first."""

    def __init__(self, command: Sequence[str], options: bytes) -> None:
        self._command = command
        self._options = options
        self._process: Process | None = None
        self._logging: asyncio.Task[None] | None = None
        self._last_words = ""

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=DEVNULL,
            stderr=PIPE,
            start_new_session=True,  # Ctrl-C is for the agent, which then ends its voice
        )
        if self._process.stdin is not None:
            self._process.stdin.write(self._options)
            self._process.stdin.close()
        self._logging = asyncio.create_task(self._log_lines(self._process))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._process is None or self._logging is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        if not await _gone(self._process):
            self.kill()
            if not await _gone(self._process):
                _log.error("the voice process cannot be ended: a driver holds it")
        self._logging.cancel()

    @property
    def pid(self) -> int | None:
        return None if self._process is None else self._process.pid

    def kill(self) -> None:
        """End a process that hangs."""
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()

    async def ended(self) -> str:
        """Wait for its end and say what is known about it."""
        if self._process is None:
            return "the voice process was not started"
        code = await self._process.wait()
        how = f"ended with code {code}" if code >= 0 else f"was killed by signal {-code}"
        return f"the voice process {how}" + (f": {self._last_words}" if self._last_words else "")

    async def _log_lines(self, process: Process) -> None:
        if (stream := process.stderr) is None:
            return
        while True:
            try:
                line = await stream.readline()
            except ValueError:
                continue  # a line longer than the buffer, which is dropped by then
            if not line:
                return
            self._last_words = line.decode(errors="replace").strip()[:200]
            _log.info("%s", self._last_words)


async def _gone(process: Process) -> bool:
    """Whether it has ended, soon."""
    try:
        async with within(_GRACE_S):
            await process.wait()
    except TimeoutError:
        return False
    return True
