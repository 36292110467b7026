"""Voice stage: the main loop's socket. Lets processes of the same user in, and shows broken ones out.

In: connections. Out: those that introduced themselves properly, handed to `welcome` for as long as it wants them.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from befresh_agent.deadline import within
from befresh_agent.errors import InvalidValue
from befresh_agent.voice.connection import Connection
from befresh_agent.voice.framing import LONGEST_LINE
from befresh_agent.voice.messages import Hello

Welcome = Callable[[Connection, Hello], Awaitable[None]]

_log = logging.getLogger("voice")
_HELLO_S = 5.0
_LONGEST_QUEUE = 4


class Door:
    """A fresh socket for as long as it is open. Entering raises `OSError`."""

    def __init__(self, path: Path, welcome: Welcome, uid: int) -> None:
        self._path = path
        self._welcome = welcome
        self._uid = uid
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

        visit = asyncio.create_task(self._visit(Connection(reader, writer)))
        self._visits.add(visit)
        visit.add_done_callback(left)

    async def _visit(self, connection: Connection) -> None:
        try:
            if (uid := connection.peer_uid()) != self._uid:
                _log.warning("refused a process of user %d", uid)
                return
            async with within(_HELLO_S):
                hello = await connection.read()
            if not isinstance(hello, Hello):
                raise InvalidValue("no introduction")
            await self._welcome(connection, hello)
        except InvalidValue as error:
            _log.warning("dropped a connection: %s", error)
        except OSError as error:  # it ended without a word, or never said one
            _log.debug("lost a connection: %s", error)
        finally:
            await connection.close()


def _bound(path: Path) -> socket.socket:
    """A socket that nobody else may connect to, not even for a moment."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)
    try:
        bound.bind(str(path))
    except OSError:
        bound.close()
        raise
    finally:
        os.umask(mask)
    bound.setblocking(False)
    return bound
