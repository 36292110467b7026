"""Voice stage, main loop's side: keeps the voice process running, whatever happens to it.

In: the command. Out: its connections, and why it was lost each time. Every life has a fresh socket.
"""

import asyncio
import os
import random
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.ports.clock import Clock
from befresh_agent.supervision import Backoff
from befresh_agent.voice.messages import Hello
from befresh_agent.voice.process import VoiceProcess

if TYPE_CHECKING:
    from befresh_agent.voice.connection import Connection
    from befresh_agent.voice.door import Welcome

_BACKOFF = Backoff(first_s=0.25, longest_s=10)
_SOON_S = 2.0
_STABLE_S = 3.0
"""A process that lived so long was all right: the next pause is short again."""
_FAILURES_OF_A_GOOD_START = 3
"""And one that came up at all is waited for no longer than after so many failures: somebody may be speaking to it."""


class Keeper:
    """A service; `lost` is told how each life of the process ended."""

    def __init__(
        self,
        command: Sequence[str],
        options: bytes,
        socket: Path,
        clock: Clock,
        welcome: "Welcome",
        lost: Callable[[str], None],
    ) -> None:
        self._command = command
        self._options = options
        self._socket = socket
        self._clock = clock
        self._welcome = welcome
        self._lost = lost
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
            self._pause_s = _BACKOFF.pause(self._failures, self._rng)
            self._lost(why)
            await self._clock.sleep(self._pause_s)

    def kill(self) -> None:
        """End a process that hangs; it is replaced."""
        if self._process is not None:
            self._process.kill()

    async def _greet(self, connection: "Connection", hello: Hello) -> None:
        self._greeted = True
        await self._welcome(connection, hello)

    async def _one_life(self) -> str:
        """From its start to its end, which is described."""
        self._greeted = False
        try:
            await asyncio.to_thread(import_module, "befresh_agent.voice.door")  # takes long the first time
            from befresh_agent.voice.door import Door

            async with (
                Door(self._socket, self._greet, os.getuid()),
                VoiceProcess(self._command, self._options) as self._process,
            ):
                return await self._process.ended()
        except ImportError as error:
            return f"{error}; install befresh-agent[voice]"
        except OSError as error:
            return f"the voice process cannot be started: {error}"
        finally:
            self._process = None
