"""uvicorn as a guest in the agent's loop: it installs no signal handlers, and logs nothing of its own."""

import contextlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import anyio._backends._asyncio  # noqa: F401  # else the first request makes the loop wait for it
import uvicorn

_AT_ONCE = 64
"""Connections; more get a 503."""


class Guest(uvicorn.Server):
    """The agent ends it, not a signal."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def prepared(app: Any) -> Callable[[], uvicorn.Server]:
    """Makes servers of the app; their parts are all loaded."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        http="h11",
        limit_concurrency=_AT_ONCE,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=1,
    )
    config.load()
    return partial(Guest, config)
