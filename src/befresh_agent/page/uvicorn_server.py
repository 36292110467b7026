"""uvicorn as a guest in the agent's loop: no signal handlers, no log of requests; the door gives it its connections."""

import contextlib
import logging
from collections.abc import Callable, Container, Iterator

import anyio._backends._asyncio  # noqa: F401  # else the first request makes the loop wait for it
import uvicorn

from befresh_agent.page.access import AccessGuard
from befresh_agent.page.door import BrowserConnection, ConnectionGate
from befresh_agent.page.turned_away import TurnedAwayPeers
from befresh_agent.page.visitors import LONGEST_S, Visitor, VisitorStage

_TICKS_A_SECOND = 10
"""How often uvicorn calls `on_tick`."""


class EmbeddedServer(uvicorn.Server):
    """The agent ends it, not a signal. Serve it with no sockets: its door takes connections where told to `listen`."""

    def __init__(self, config: uvicorn.Config, proxies: Container[str], turned_away: TurnedAwayPeers) -> None:
        super().__init__(config)
        self._door = ConnectionGate(self._welcome, proxies, turned_away)
        self.listen = self._door.listen

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def on_tick(self, counter: int) -> bool:
        if counter % _TICKS_A_SECOND == 0:
            self._door.sweep()
        return await super().on_tick(counter)

    def _welcome(self, visitor: Visitor, left: Callable[[], None]) -> BrowserConnection:
        return BrowserConnection(self.config, self.server_state, visitor, left)


def prepared(app: AccessGuard) -> Callable[[], EmbeddedServer]:
    """Makes servers of the app; their parts are all loaded."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        log_level=logging.ERROR,  # what strangers send is no warning of ours
        access_log=False,
        proxy_headers=False,  # the guard knows which proxies to believe
        server_header=False,
        ws="none",
        http=BrowserConnection,
        timeout_keep_alive=round(LONGEST_S[VisitorStage.IDLE]),
        timeout_graceful_shutdown=1,
    )
    config.load()
    return lambda: EmbeddedServer(config, app.proxies, app.turned_away)
