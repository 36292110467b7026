"""The voice process as the agent keeps it: started again whatever happens to it, one fresh socket for each life.

In: the command. Out: its connections, why it was lost each time, and its standard error as log lines.
"""

import asyncio
import contextlib
import logging
import os
import random
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.domain.pacing import Backoff
from befresh_agent.errors import error_text
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.remedies import missing
from befresh_agent.voice.voice_messages import HelloMessage

if TYPE_CHECKING:
    from befresh_agent.voice.agent_side.server_socket import Welcome
    from befresh_agent.voice.connection import MessageConnection

_process_log = logging.getLogger("voice")

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
                _process_log.error("the voice process cannot be ended: a driver holds it")
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
            _process_log.info("%s", self._last_words)


async def _gone(process: Process) -> bool:
    """Whether it has ended, soon."""
    try:
        async with within(_GRACE_S):
            await process.wait()
    except TimeoutError:
        return False
    return True


BACKOFF = Backoff(first_s=0.25, longest_s=10)

_SOON_S = 2.0

_STABLE_S = 3.0
"""A process that lived so long was all right: the next pause is short again."""

_FAILURES_OF_A_GOOD_START = 3
"""And one that came up at all is waited for no longer than after so many failures: somebody may be speaking to it."""


class ProcessSupervisor:
    """A service; `lost` is told how each life of the process ended."""

    def __init__(
        self,
        command: Sequence[str],
        options: bytes,
        socket: Path,
        clock: Clock,
        welcome: "Welcome",
        lost: Callable[[str], None],
        *,
        backoff: Backoff = BACKOFF,
    ) -> None:
        self._command = command
        self._options = options
        self._socket = socket
        self._clock = clock
        self._welcome = welcome
        self._lost = lost
        self._backoff = backoff
        self._rng = random.Random()
        self._process: VoiceProcess | None = None
        self._failures = 0
        self._greeted = False
        self._pause_s = 0.0

    @property
    def pid(self) -> int | None:
        """The process at the moment."""
        return None if self._process is None else self._process.pid

    @property
    def soon_back(self) -> bool:
        """Whether it pays to wait for a process that is not there."""
        return self._pause_s < _SOON_S

    async def run(self) -> None:
        while True:
            began = self._clock.monotonic()
            why = await self._one_life()
            stable = self._clock.monotonic() - began > _STABLE_S
            self._failures = 1 if stable else self._failures + 1
            if self._greeted:
                self._failures = min(self._failures, _FAILURES_OF_A_GOOD_START)
            self._pause_s = self._backoff.pause(self._failures, self._rng.random())
            self._lost(why)
            await self._clock.sleep(self._pause_s)

    def kill(self) -> None:
        """End a process that hangs; it is replaced."""
        if self._process is not None:
            self._process.kill()

    async def _greet(self, connection: "MessageConnection", hello: HelloMessage) -> None:
        self._greeted = True
        await self._welcome(connection, hello)

    async def _one_life(self) -> str:
        """From its start to its end, which is described."""
        self._greeted = False
        try:
            await asyncio.to_thread(
                import_module, "befresh_agent.voice.agent_side.server_socket"
            )  # takes long the first time
            from befresh_agent.voice.agent_side.server_socket import ServerSocket

            async with (
                ServerSocket(self._socket, self._greet, os.getuid()),
                VoiceProcess(self._command, self._options) as self._process,
            ):
                return await self._process.ended()
        except ImportError as error:
            return str(missing(error, "voice"))
        except OSError as error:
            return f"the voice process cannot be started: {error_text(error)}"
        finally:
            self._process = None
