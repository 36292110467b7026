"""The page's door: takes connections from a listening socket, expels who overstays, and keeps some files free.

asyncio would accept whatever comes until no file is left, for the broker and D-Bus neither. Each connection is
uvicorn's protocol, which also says what the browser is doing.
"""

import asyncio
import contextlib
import errno
import logging
import resource
import socket
import time
from collections.abc import Callable, Container

import h11
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from befresh_agent.domain.endpoints import is_here
from befresh_agent.page.turned_away import RefusalReason, TurnedAwayPeers
from befresh_agent.page.visitors import MOST, Visitor, VisitorLimits, VisitorStage


class BrowserConnection(H11Protocol):
    """`left` is called once it is over."""

    def __init__(self, config: Config, state: ServerState, visitor: Visitor, left: Callable[[], None]) -> None:
        super().__init__(config, state, {})
        self._visitor = visitor
        self._left = left
        self._deaf = self._expelled = False

    def expel(self) -> None:
        """End it at once, whatever is still to be sent."""
        self._expelled = True
        if self.transport is not None:
            self.transport.abort()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self._expelled:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._left()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._look()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._deaf = True
        self._look()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._deaf = False
        self._look()

    def _look(self) -> None:
        self._visitor.turns(self._stage(), time.monotonic())

    def _stage(self) -> VisitorStage:
        if self._deaf:
            return VisitorStage.DEAF
        if self.conn.their_state is h11.SEND_BODY:
            return VisitorStage.BODY
        if self.cycle is not None and not self.cycle.response_complete:
            return VisitorStage.SERVED
        if self.conn.trailing_data[0]:
            return VisitorStage.HEADERS
        return VisitorStage.SILENT if self.cycle is None else VisitorStage.IDLE


_AT_A_TURN = 16
"""Connections taken before the loop does something else."""

_SHORT = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

_REST_S = 1.0
"""A pause when the machine is short of something."""

_GONE_MS = 60_000
"""A peer that has confirmed nothing for so long, though something was sent to it, is not there any more."""

_TOLD_EVERY_S = 60.0

_FULL = (
    b"HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\nretry-after: 10\r\ncontent-type: text/plain\r\n"
    b"content-length: 30\r\n\r\ntoo many connections are open\n"
)

Welcome = Callable[[Visitor, Callable[[], None]], BrowserConnection]
"""Makes a visitor's protocol, which calls the function when the connection is over."""

log = logging.getLogger("page")


def most(files: int) -> int:
    """How many connections there may be where a process may have so many files open."""
    return min(MOST, files // 8)


def first_kept(files: int) -> int:
    """From this number on files are for others. The system gives the lowest that is free: so high, they run short."""
    return files - min(128, files // 4)


class ConnectionGate:
    """Takes connections once told where to `listen`; somebody calls `sweep` about once a second."""

    def __init__(self, welcome: Welcome, shared: Container[str], turned_away: TurnedAwayPeers) -> None:
        files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self._listening: socket.socket | None = None
        self._welcome = welcome
        self._first_kept = first_kept(files)
        self._visitors = VisitorLimits(most(files), shared=shared)
        self._connections: dict[Visitor, BrowserConnection] = {}
        self._entering: set[asyncio.Task[None]] = set()
        self._turned_away = turned_away
        self._told = self._rests_until = float("-inf")

    def listen(self, listening: socket.socket | None) -> None:
        """Take connections here from now on, or nowhere.

        Those that are there stay, and of those who have knocked before a turn's worth comes in; but where only this
        machine may come in, all others go.
        """
        if self._listening is not None:
            self._take(self._listening)
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
        self._listening = listening
        if listening is None:
            return
        asyncio.get_running_loop().add_reader(listening, self._take, listening)
        if is_here(str(listening.getsockname()[0])):
            for visitor in [visitor for visitor in self._connections if not is_here(visitor.peer)]:
                self._show_out(visitor)

    def sweep(self) -> None:
        """Show out who overstays, go on after a rest, and say who was turned away."""
        now = time.monotonic()
        for visitor in self._visitors.overdue(now):
            self._show_out(visitor)
        if self._listening is not None and now >= self._rests_until > 0:
            self._rests_until = float("-inf")
            asyncio.get_running_loop().add_reader(self._listening, self._take, self._listening)
        if now - self._told >= _TOLD_EVERY_S and (untold := self._turned_away.untold()) is not None:
            total, peer, count = untold
            log.warning("connections turned away: %d; %d from %s", total, count, peer)
            self._told = now

    def _take(self, listening: socket.socket) -> None:
        for _ in range(_AT_A_TURN):
            try:
                connected, address = listening.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in _SHORT:
                    self._rest(listening, error)
                    return
                continue  # it was given up before it was taken
            self._receive(connected, str(address[0]))

    def _rest(self, listening: socket.socket, error: OSError) -> None:
        asyncio.get_running_loop().remove_reader(listening)
        self._rests_until = time.monotonic() + _REST_S
        self._count(f"nobody ({error.strerror})")

    def _receive(self, connected: socket.socket, peer: str) -> None:
        if connected.fileno() >= self._first_kept:
            visitor, leaves = None, None
        else:
            visitor, leaves = self._visitors.enter(peer, time.monotonic())
        if leaves is not None:
            self._show_out(leaves)
        if leaves is not None or visitor is None:
            self._count(leaves.peer if leaves else peer)
        if visitor is None:
            _refuse(connected)
            return
        connection = self._welcome(visitor, lambda: self._forget(visitor))
        self._connections[visitor] = connection  # at once: it may have to go before it is set up
        entering = asyncio.create_task(self._enter(visitor, connection, connected))
        self._entering.add(entering)
        entering.add_done_callback(self._entering.discard)

    async def _enter(self, visitor: Visitor, connection: BrowserConnection, connected: socket.socket) -> None:
        try:
            connected.setblocking(False)
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GONE_MS)
            await asyncio.get_running_loop().connect_accepted_socket(lambda: connection, connected)
        except OSError:  # it has hung up meanwhile
            connected.close()
            self._forget(visitor)

    def _show_out(self, visitor: Visitor) -> None:
        self._visitors.leave(visitor)
        if connection := self._connections.pop(visitor, None):
            connection.expel()

    def _forget(self, visitor: Visitor) -> None:
        self._visitors.leave(visitor)
        self._connections.pop(visitor, None)

    def _count(self, peer: str) -> None:
        self._turned_away.note(peer, RefusalReason.CONNECTIONS)


def _refuse(connected: socket.socket) -> None:
    with connected, contextlib.suppress(OSError):
        connected.setblocking(False)
        connected.send(_FULL)
