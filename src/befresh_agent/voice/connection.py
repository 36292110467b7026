"""Voice stage: one connection between the main loop and the voice process; messages in, messages out."""

import asyncio
import contextlib
import socket
import struct
from pathlib import Path

from befresh_agent.voice.framing import LONGEST_LINE, read_event, to_bytes
from befresh_agent.voice.messages import Message
from befresh_agent.voice.protocol import event_of, message_of

_CREDENTIALS = struct.Struct("3i")
"""Process, user and group of a Unix socket's peer."""


class Connection:
    """Either end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def peer_uid(self) -> int:
        """Whose process is at the other end; the kernel says so, not the peer."""
        there: socket.socket = self._writer.get_extra_info("socket")
        credentials = there.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
        uid: int = _CREDENTIALS.unpack(credentials)[1]
        return uid

    async def read(self) -> Message | None:
        """The next message; None when the other end hung up. Raises `InvalidValue` and `OSError`."""
        event = await read_event(self._reader)
        return None if event is None else message_of(event)

    def send(self, message: Message) -> None:
        """Put it on its way; says nothing when the other end is gone."""
        if not self._writer.is_closing():
            self._writer.write(to_bytes(event_of(message)))

    async def flush(self) -> None:
        """Wait until the other end takes more. Raises `OSError` when it is gone."""
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()


async def connect(path: Path) -> Connection:
    """Raises `OSError` when nobody is there."""
    return Connection(*await asyncio.open_unix_connection(path, limit=LONGEST_LINE))
