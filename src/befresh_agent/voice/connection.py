"""One connection between agent and voice process: wyoming events on a stream, read strictly.

The library reads a broken line as if the peer had hung up and takes any length; here a broken or oversized event is an
`InvalidValue`, and only a stream that ends between two events has ended.
"""

import asyncio
import contextlib
import io
import json
from pathlib import Path
from typing import Any

from wyoming.event import Event, write_event

from befresh_agent.errors import InvalidValue
from befresh_agent.runtime.private_socket import peer_uid
from befresh_agent.voice.protocol import event_of, message_of
from befresh_agent.voice.voice_messages import Message

LONGEST_LINE = 64 * 1024
"""Give it to the stream reader as its limit."""

_LONGEST_DATA = 64 * 1024

_LONGEST_PAYLOAD = 1024 * 1024


def to_bytes(event: Event) -> bytes:
    """The event as it travels."""
    buffer = io.BytesIO()
    write_event(event, buffer)
    return buffer.getvalue()


async def read_event(reader: asyncio.StreamReader) -> Event | None:
    """The next event; None when the stream ended. Raises `InvalidValue` for anything else than an event."""
    try:
        line = await reader.readline()
    except ValueError as error:
        raise InvalidValue("a line without end") from error
    if not line:
        return None
    if not line.endswith(b"\n"):
        raise InvalidValue("the stream ended within an event")
    header = _object(line)
    data = header.get("data", {})
    if not isinstance(data, dict):
        raise InvalidValue("data is not an object")
    if more := await _block(reader, header, "data_length", _LONGEST_DATA):
        data = data | _object(more)
    payload = await _block(reader, header, "payload_length", _LONGEST_PAYLOAD)
    kind = header.get("type")
    if not isinstance(kind, str):
        raise InvalidValue("an event without type")
    return Event(kind, data, payload or None)


async def _block(reader: asyncio.StreamReader, header: dict[str, Any], key: str, longest: int) -> bytes:
    length = header.get(key) or 0
    if not isinstance(length, int) or not 0 <= length <= longest:
        raise InvalidValue(f"{key} is {str(length)[:20]}, at most {longest} is allowed")
    try:
        return await reader.readexactly(length)
    except asyncio.IncompleteReadError as error:
        raise InvalidValue("the stream ended within an event") from error


def _object(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidValue(f"not an event: {text[:40]!r}") from error
    if not isinstance(value, dict):
        raise InvalidValue(f"not an event: {text[:40]!r}")
    return value


class MessageConnection:
    """Either end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def peer_uid(self) -> int:
        """Whose process is at the other end; the kernel says so, not the peer."""
        return peer_uid(self._writer.get_extra_info("socket"))

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


async def connect(path: Path) -> MessageConnection:
    """Raises `OSError` when nobody is there."""
    return MessageConnection(*await asyncio.open_unix_connection(path, limit=LONGEST_LINE))
