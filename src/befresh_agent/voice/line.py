"""Voice stage, voice process's side: the line to the main loop.

In: messages for the main loop, which wait until they are delivered. Out: its messages. A lost connection is made anew;
after four attempts without a word from the main loop it counts as gone, and so does this process.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path

from befresh_agent.errors import InvalidValue
from befresh_agent.ports.clock import Clock
from befresh_agent.voice.connection import Connection, connect
from befresh_agent.voice.messages import Hello, Message

_log = logging.getLogger("line")
_ATTEMPTS = 4
_PAUSE_S = 0.1


class Line:
    """`send` at any time; `run` ends when the main loop is gone."""

    def __init__(self, socket: Path, hello: Hello, clock: Clock) -> None:
        self._socket = socket
        self._hello = hello
        self._clock = clock
        self._unsent: deque[Message] = deque(maxlen=100)
        self._news = asyncio.Event()
        self._attempts = 0

    def send(self, message: Message) -> None:
        self._unsent.append(message)
        self._news.set()

    async def run(self, receive: Callable[[Message], None]) -> None:
        """Hand every message of the main loop to `receive`."""
        while self._attempts < _ATTEMPTS:
            self._attempts += 1
            try:
                await self._talk(await connect(self._socket), receive)
            except (OSError, InvalidValue) as error:
                _log.info("attempt %d: %s", self._attempts, error)
            await self._clock.sleep(_PAUSE_S * self._attempts)

    async def _talk(self, connection: Connection, receive: Callable[[Message], None]) -> None:
        writing = asyncio.create_task(self._write(connection))
        try:
            while (message := await connection.read()) is not None:
                self._attempts = 0
                receive(message)
        finally:
            writing.cancel()
            await connection.close()

    async def _write(self, connection: Connection) -> None:
        connection.send(self._hello)
        with contextlib.suppress(OSError):  # the reading side sees the end too
            while True:
                while self._unsent:
                    connection.send(self._unsent[0])
                    await connection.flush()
                    self._unsent.popleft()
                self._news.clear()
                await self._news.wait()
