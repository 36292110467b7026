"""A TCP or TLS proxy before a broker, and two impostors: what networks do to connections, on demand."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Proxy:
    """Forwards to a broker; can cut connections, swallow an answer, or become a black hole."""

    def __init__(self, target: str) -> None:
        self._host, self._port = target.split(":")
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0
        self.swallow = False
        """The next answer of the broker is lost, and the connection with it."""
        self.black_hole = False
        """Nothing passes, nothing is refused."""

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            onward_reader, onward = await asyncio.open_connection(self._host, int(self._port))
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, onward}
        await asyncio.gather(self._pump(reader, onward), self._pump(onward_reader, writer, answers=True))
        self._writers -= {writer, onward}

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, answers: bool = False) -> None:
        with suppress(ConnectionError, ssl.SSLError):
            while data := await source.read(65536):
                if answers and self.swallow:
                    self.swallow = False
                    self.cut()
                    return
                if not self.black_hole:
                    sink.write(data)
                    await sink.drain()
        sink.close()

    def cut(self) -> None:
        """Every connection breaks now."""
        for writer in self._writers:
            writer.transport.abort()


@asynccontextmanager
async def proxy(target: str, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[Proxy]:
    made = Proxy(target)
    server = await asyncio.start_server(made.serve, "127.0.0.1", port, ssl=tls)
    made.port = server.sockets[0].getsockname()[1]
    try:
        yield made
    finally:
        server.close()
        made.cut()


@asynccontextmanager
async def black_hole() -> AsyncIterator[str]:
    """Accepts connections and never says a word."""

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(65536):
            pass
        writer.close()

    async with _serving(silent) as address:
        yield address


@asynccontextmanager
async def captive_portal() -> AsyncIterator[str]:
    """Answers everything with a web page, as the Wi-Fi of a hotel does."""

    async def portal(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            await reader.read(65536)
            writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://login.example/\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
        writer.close()

    async with _serving(portal) as address:
        yield address


@asynccontextmanager
async def _serving(serve: Serve) -> AsyncIterator[str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


def unused_address() -> str:
    """Where nobody listens: connections are refused."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"
