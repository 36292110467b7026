"""Voice stage: the main loop's socket. Lets processes of the same user in, and shows broken ones out.

In: connections. Out: those that introduced themselves properly, handed to `welcome` for as long as it wants them.
"""

import asyncio
import logging
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from befresh_agent.errors import InvalidValue
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.private_socket import bind_private
from befresh_agent.voice.connection import LONGEST_LINE, MessageConnection
from befresh_agent.voice.voice_messages import HelloMessage

Welcome = Callable[[MessageConnection, HelloMessage], Awaitable[None]]

_log = logging.getLogger("voice")
_LONGEST_QUEUE = 4


class ServerSocket:
    """A fresh socket for as long as it is open. Entering raises `OSError`."""

    def __init__(self, path: Path, welcome: Welcome, uid: int, *, hello_s: float = 5.0) -> None:
        self._path = path
        self._welcome = welcome
        self._uid = uid
        self._hello_s = hello_s
        self._server: asyncio.Server | None = None
        self._visits: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(
            self._knocked, sock=_bound(self._path), limit=LONGEST_LINE, backlog=_LONGEST_QUEUE
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for visit in self._visits:
            visit.cancel()
        await asyncio.gather(*self._visits, return_exceptions=True)
        self._path.unlink(missing_ok=True)

    def _knocked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def left(visit: asyncio.Task[None]) -> None:
            self._visits.discard(visit)
            writer.close()  # a visit that was cancelled before its first step could not do it

        visit = asyncio.create_task(self._visit(MessageConnection(reader, writer)))
        self._visits.add(visit)
        visit.add_done_callback(left)

    async def _visit(self, connection: MessageConnection) -> None:
        try:
            if (uid := connection.peer_uid()) != self._uid:
                _log.warning("refused a process of user %d", uid)
                return
            async with within(self._hello_s):
                hello = await connection.read()
            if not isinstance(hello, HelloMessage):
                raise InvalidValue("no introduction")
            await self._welcome(connection, hello)
        except InvalidValue as error:
            _log.warning("dropped a connection: %s", error)
        except OSError as error:  # it ended without a word, or never said one
            _log.debug("lost a connection: %s", error)
        finally:
            await connection.close()


def _bound(path: Path) -> socket.socket:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    bound = bind_private(path)
    bound.setblocking(False)
    return bound
