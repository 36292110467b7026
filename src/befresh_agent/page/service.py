"""The page as a service of the agent: listens, serves, and ends in order. FastAPI and uvicorn are loaded here only.

In: requests. Out: pages. A port that is taken or a library that is missing is a state of the device `page`.
"""

import asyncio
import contextlib
import importlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from befresh_agent.deadline import within
from befresh_agent.domain.events import DeviceState, Event
from befresh_agent.page.desks import Desks, Senses
from befresh_agent.page.live import Watchers
from befresh_agent.page.log_tail import LogTail
from befresh_agent.page.memory import Memory
from befresh_agent.page.sources import Sources
from befresh_agent.page.tally import Tally
from befresh_agent.page.trend_watch import TrendWatch
from befresh_agent.page.veil import Veil

if TYPE_CHECKING:
    from uvicorn import Server

_DEVICE = "page"
_AGAIN_S = 30.0
_STOP_S = 1.5
_BACKLOG = 64


class PageService:
    """`run` goes on for ever. With `any_port`, one that is taken is replaced by a free one."""

    def __init__(self, sources: Sources, memory: Memory, *, any_port: bool = False) -> None:
        self._sources = sources
        self._any_port = any_port
        self.watchers = Watchers()
        self._senses = Senses(
            memory=memory,
            tally=Tally(),
            tail=LogTail(Veil(sources.settings.secrets)),
            trends=TrendWatch(sources.records, self.watchers.touched),
            watchers=self.watchers,
        )
        memory.watched_by(self.watchers)
        self.address: str | None = None
        """Where it is served now."""
        self.loaded = asyncio.Event()
        """Set once everything is there that stays, or that nothing will come."""

    async def run(self) -> None:
        with self._senses.tail.attached():
            await self._keep_serving()

    async def watch_trends(self) -> None:
        """Keep every container's trend at hand, for ever."""
        await self._senses.trends.run()

    def listen(self, event: Event) -> None:
        """A listener for `Events`."""
        for sense in (self._senses.memory, self._senses.tally, self._senses.trends, self.watchers):
            sense.listen(event)

    async def _keep_serving(self) -> None:
        try:
            prepared = await asyncio.to_thread(self._prepared)
        except ImportError as error:
            detail = f"{error}; pip install 'befresh-agent[page]'"
            self._sources.devices.report(_DEVICE, DeviceState.OFF, detail)
            return
        finally:
            self.loaded.set()
        while True:
            try:
                listening = await asyncio.to_thread(self._bound)
            except OSError as error:
                self._sources.devices.report(_DEVICE, DeviceState.LOST, self._remedy(error))
                await asyncio.sleep(_AGAIN_S)
            else:
                await self._serve(prepared(), listening)

    def _prepared(self) -> "Callable[[], Server]":
        """Makes servers. Called on a thread: its libraries take half a second to load."""
        website = importlib.import_module("befresh_agent.page.website")
        server = importlib.import_module("befresh_agent.page.server")
        prepared: Callable[[], Server] = server.prepared(website.build(Desks(self._sources, self._senses)))
        return prepared

    async def _serve(self, server: "Server", listening: socket.socket) -> None:
        self.watchers.open()
        self.address = _address(listening)
        self._sources.devices.report(_DEVICE, DeviceState.READY, self.address)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            await asyncio.shield(serving)
        finally:
            self.address = None
            self.watchers.close()
            server.should_exit = True
            with contextlib.suppress(TimeoutError):
                async with within(_STOP_S):
                    await serving
            listening.close()

    def _bound(self) -> socket.socket:
        page = self._sources.settings.page
        try:
            return _listen(page.host, page.port)
        except OSError:
            if not self._any_port:
                raise
            return _listen(page.host, 0)

    def _remedy(self, error: OSError) -> str:
        page = self._sources.settings.page
        return f"{page.host}:{page.port}: {error.strerror or error}; set page.port or page.host"


def _listen(host: str, port: int) -> socket.socket:
    family, kind, protocol, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
        listening.listen(_BACKLOG)
        listening.setblocking(False)
    except OSError:
        listening.close()
        raise
    return listening


def _address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
