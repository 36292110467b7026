"""The socket at which a running agent answers `befresh-agent status`: connect, get one JSON object, done.

Only the same user (or root) may ask. An agent that is there and does not answer is not taken for one that is missing.
"""

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from befresh_agent.errors import BefreshError, error_text
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.private_socket import bind_private, peer_uid
from befresh_agent.runtime.remedies import closed

_DEADLINE_S = 5.0


@contextlib.asynccontextmanager
async def answering(path: Path, snapshot: Callable[[], Awaitable[dict[str, Any]]]) -> AsyncIterator[None]:
    """Answer at `path` while the context is open."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with within(_DEADLINE_S):
                if _may_ask(writer.get_extra_info("socket")):
                    writer.write(json.dumps(await snapshot(), ensure_ascii=False).encode())
                    await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (ConnectionError, TimeoutError):
            pass  # whoever asked is gone, or does not read
        finally:
            writer.transport.abort()

    server = await asyncio.start_unix_server(answer, sock=_bound(path))
    try:
        yield
    finally:
        server.close()
        _remove(path)


def ask_agent(path: Path) -> dict[str, Any] | None:
    """The snapshot of the agent at `path`, None when none is there. Raises `BefreshError` when it gives no answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_DEADLINE_S)
        try:
            connection.connect(str(path))
            return dict(json.loads(b"".join(iter(lambda: connection.recv(65536), b""))))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None
        except PermissionError as error:
            raise closed(path) from error
        except (OSError, ValueError) as error:
            remedy = "wait a minute and ask again"
            raise BefreshError(f"{path}: the agent there does not answer ({error_text(error)}); {remedy}") from error


def _bound(path: Path) -> socket.socket:
    try:
        return bind_private(path)
    except OSError as error:
        raise BefreshError(f"{path}: {error_text(error)}; set agent.runtime_dir to another folder") from error


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _may_ask(connection: socket.socket) -> bool:
    return peer_uid(connection) in (0, os.getuid())
