"""The page as a service of the agent: listens, serves, and ends in order. FastAPI and uvicorn are loaded here only.

In: requests. Out: pages. A port that is taken or a library that is missing is a state of the device `page`.
"""

import asyncio
import contextlib
import importlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from befresh_agent.domain.events import DeviceState, Event
from befresh_agent.errors import error_text
from befresh_agent.page.context import PageContext
from befresh_agent.page.live_updates import LiveUpdates
from befresh_agent.page.observers import EventCounters, LogTail, RecentActivity
from befresh_agent.page.page_tabs import PageObservers, PageTabs
from befresh_agent.page.page_watches import PAUSE_S, StandingWatch, TrendWatch
from befresh_agent.page.phone_access import OwnSettings
from befresh_agent.page.turned_away import TurnedAwayPeers
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.remedies import missing

if TYPE_CHECKING:
    from befresh_agent.page.uvicorn_server import EmbeddedServer

_DEVICE = "page"
_AGAIN_S = 30.0
_STOP_S = 1.5
_BACKLOG = 64


class PageService:
    """`run` goes on for ever. With `any_port`, one that is taken is replaced by a free one."""

    def __init__(
        self,
        sources: PageContext,
        memory: RecentActivity,
        turned_away: TurnedAwayPeers,
        *,
        any_port: bool = False,
        trend_pause_s: float = PAUSE_S,
    ) -> None:
        self._sources = sources
        self._any_port = any_port
        self.watchers = LiveUpdates()
        self._senses = PageObservers(
            memory=memory,
            tally=EventCounters(),
            tail=LogTail(sources.redaction),
            trends=TrendWatch(sources.records, self.watchers.notify, pause_s=trend_pause_s),
            standing=StandingWatch(sources.state, sources.clock_synced, sources.unwell, self.watchers.notify),
            watchers=self.watchers,
            redaction=sources.redaction,
            turned_away=turned_away,
        )
        memory.watched_by(self.watchers)
        self.address: str | None = None
        """Where it is served now."""
        self._own = OwnSettings(sources.state)
        self._moved = asyncio.Event()
        self._port = sources.settings.page.port
        self.loaded = asyncio.Event()
        """Set once everything is there that stays, or that nothing will come."""

    async def run(self) -> None:
        with self._senses.tail.attached():
            await self._keep_serving()

    async def watch_trends(self) -> None:
        """Keep every container's trend at hand, and how the machine stands, for ever."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._senses.trends.run())
            tasks.create_task(self._senses.standing.run())

    def on_event(self, event: Event) -> None:
        """A listener for `EventBus`."""
        for sense in (self._senses.memory, self._senses.tally, self._senses.trends, self.watchers):
            sense.on_event(event)

    async def _keep_serving(self) -> None:
        try:
            prepared = await asyncio.to_thread(self._prepared)
        except ImportError as error:
            self._sources.devices.report(_DEVICE, DeviceState.OFF, str(missing(error, "page")))
            return
        finally:
            self.loaded.set()
        while True:
            try:
                await self._serve(prepared(), await asyncio.to_thread(self._bound))
            except OSError as error:
                self._sources.devices.report(_DEVICE, DeviceState.LOST, self._remedy(error))
                await asyncio.sleep(_AGAIN_S)

    def _prepared(self) -> "Callable[[], EmbeddedServer]":
        """Makes servers. Called on a thread: its libraries take half a second to load."""
        website = importlib.import_module("befresh_agent.page.website")
        server = importlib.import_module("befresh_agent.page.uvicorn_server")
        desks = PageTabs(self._sources, self._senses)
        self._moved = desks.moved
        prepared: Callable[[], EmbeddedServer] = server.prepared(website.build(desks))
        return prepared

    async def _serve(self, server: "EmbeddedServer", listening: socket.socket) -> None:
        """Until the server ends, or cannot listen where the page moves to, which raises `OSError`."""
        self.watchers.open()
        serving, moving = asyncio.create_task(server.serve(sockets=[])), asyncio.create_task(self._move(server))
        try:
            self._listen(server, listening)
            await asyncio.wait((serving, moving), return_when=asyncio.FIRST_COMPLETED)
            if moving.done():
                await moving
        finally:
            moving.cancel()
            server.listen(None)
            self.address = None
            self.watchers.close()
            server.should_exit = True
            with contextlib.suppress(TimeoutError):
                async with within(_STOP_S):
                    await serving

    async def _move(self, server: "EmbeddedServer") -> None:
        """Listen elsewhere whenever that was chosen; who is being answered notices nothing."""
        while await self._moved.wait():
            self._moved.clear()
            server.listen(None)  # two cannot listen at one port
            self._listen(server, await asyncio.to_thread(self._bound))

    def _listen(self, server: "EmbeddedServer", listening: socket.socket) -> None:
        server.listen(listening)
        self.address = _address(listening)
        self._port = listening.getsockname()[1]  # it stays the same when the page moves
        self._sources.devices.report(_DEVICE, DeviceState.READY, self.address)

    def _bound(self) -> socket.socket:
        host = self._own.in_force(self._sources.settings.page).host
        try:
            return _listen(host, self._port)
        except OSError:
            if not self._any_port:
                raise
            return _listen(host, 0)

    def _remedy(self, error: OSError) -> str:
        page = self._sources.settings.page
        return f"{page.host}:{page.port}: {error_text(error)}; set page.port or page.host"


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
