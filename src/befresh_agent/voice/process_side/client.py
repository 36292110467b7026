"""The voice process's end of the line: does what the agent asks, and reports what came of it, also a crash.

In: messages for the agent, which wait until they are delivered. Out: its messages. A lost connection is made anew;
after
four attempts without a word from the agent it counts as gone, and so does this process.
"""

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Callable
from pathlib import Path

from befresh_agent.errors import InvalidValue, root_of
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.voice import NotHeard
from befresh_agent.voice.connection import MessageConnection, connect
from befresh_agent.voice.process_side.interfaces import VoiceListener
from befresh_agent.voice.voice_messages import (
    EndSession,
    HelloMessage,
    ListenFailed,
    ListenForName,
    Message,
    MuteMicrophone,
    NameText,
    PingReply,
    PingRequest,
    StartSession,
    StopListening,
)

_log = logging.getLogger("voice")

_ATTEMPTS = 4

_PAUSE_S = 0.1


class AgentClient:
    """`send` at any time; `run` ends when the main loop is gone."""

    def __init__(self, socket: Path, hello: HelloMessage, clock: Clock) -> None:
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

    async def _talk(self, connection: MessageConnection, receive: Callable[[Message], None]) -> None:
        writing = asyncio.create_task(self._write(connection))
        try:
            while (message := await connection.read()) is not None:
                self._attempts = 0
                receive(message)
        finally:
            writing.cancel()
            await connection.close()

    async def _write(self, connection: MessageConnection) -> None:
        connection.send(self._hello)
        with contextlib.suppress(OSError):  # the reading side sees the end too
            while True:
                while self._unsent:
                    connection.send(self._unsent[0])
                    await connection.flush()
                    self._unsent.popleft()
                self._news.clear()
                await self._news.wait()


class CommandHandler:
    """At most one listening attempt at a time; a new one ends the one before."""

    def __init__(self, ear: VoiceListener, send: Callable[[Message], None]) -> None:
        self._ear = ear
        self._send = send
        self._listening: asyncio.Task[None] | None = None
        self._number = 0

    def receive(self, message: Message) -> None:
        match message:
            case PingRequest():
                self._send(PingReply())
            case StartSession():
                self._ear.open()
            case EndSession():
                self._stop()
                self._ear.close()
            case MuteMicrophone(on=on, speaks=speaks):
                self._ear.mute(on, speaks=speaks)
            case ListenForName():
                self._stop()
                self._number = message.id
                self._listening = asyncio.create_task(self._listen(message))
            case StopListening(id=self._number):
                self._stop()

    def _stop(self) -> None:
        if self._listening is not None:
            self._listening.cancel()
            self._listening = None

    async def _listen(self, wish: ListenForName) -> None:
        try:
            readings = await self._ear.listen(wish.silence_s, wish.phrase_s, wish.names)
        except NotHeard as error:
            self._send(ListenFailed(wish.id, error.why, error.detail))
        else:
            self._send(NameText(wish.id, tuple(readings)))


_crash_log = logging.getLogger("voice process")


def log_crash(crash: Exception) -> None:
    """The agent shows the last line as the reason why the voice is lost; a traceback of a group ends with a ruler."""
    _crash_log.error("%s", crash, exc_info=crash)
    _crash_log.error("%s", root_of(crash))
