"""The socket at which a running agent answers `befresh-agent status`: connect, get one JSON object, done.

Only the same user (or root) may ask. An agent that is there and does not answer is not taken for one that is missing.
"""

import asyncio
import contextlib
import json
import os
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from befresh_agent.deadline import within
from befresh_agent.errors import BefreshError

_PEER = struct.Struct("3i")  # struct ucred: pid, uid, gid
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


def ask(path: Path) -> dict[str, Any] | None:
    """The snapshot of the agent at `path`, None when none is there. Raises `BefreshError` when it gives no answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(_DEADLINE_S)
        try:
            connection.connect(str(path))
            return dict(json.loads(b"".join(iter(lambda: connection.recv(65536), b""))))
        except (FileNotFoundError, NotADirectoryError, ConnectionRefusedError):
            return None
        except PermissionError as error:
            raise BefreshError(f"{path}: the agent there belongs to another user; ask as that user or root") from error
        except (OSError, ValueError) as error:
            raise BefreshError(f"{path}: the agent there does not answer ({error})") from error


def _bound(path: Path) -> socket.socket:
    listening = socket.socket(socket.AF_UNIX)
    try:
        _remove(path)
        listening.bind(str(path))
        path.chmod(0o600)
    except OSError as error:
        listening.close()
        raise BefreshError(f"{path}: {error}; set agent.runtime_dir") from error
    return listening


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)


def _may_ask(connection: socket.socket) -> bool:
    peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    return _PEER.unpack(peer)[1] in (0, os.getuid())
