"""Strangers before a page: real connections from the loopback range that say nothing, little, or never listen."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from befresh_agent.runtime.event_loop import within

SAID = {
    "nothing": b"",
    "half of the headers": b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: a",
    "half of the body": b"POST /press HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 900\r\n\r\npress=",
    "another language": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "a long address": b"GET /" + b"x" * 9000,
    "one request and a half": b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\nGET /",
}
"""What they say, and no more."""

Address = Callable[[int], str]


def many_addresses(number: int) -> str:
    """Each from an address of its own."""
    return f"127.{1 + number // 62_500}.{1 + number // 250 % 250}.{1 + number % 250}"


def one_address(_: int) -> str:
    return "127.9.9.9"


@dataclass
class Strangers:
    """They come, and stay for as long as they may."""

    port: int
    held: list[socket.socket] = field(default_factory=list)

    async def come(self, count: int, said: bytes, address: Address, *, half_closed: bool = False) -> None:
        loop = asyncio.get_running_loop()
        for number in range(count):
            stranger = socket.socket()
            self.held.append(stranger)
            stranger.setblocking(False)
            stranger.bind((address(number), 0))
            with contextlib.suppress(OSError):
                async with within(5):
                    await loop.sock_connect(stranger, ("127.0.0.1", self.port))
                stranger.send(said)
                if half_closed:
                    stranger.shutdown(socket.SHUT_WR)

    def still_in(self) -> int:
        return sum(not _closed(one) for one in self.held)

    def drip(self) -> None:
        """A byte more from each."""
        for one in self.held:
            with contextlib.suppress(OSError):
                one.send(b"a")


@contextlib.contextmanager
def strangers(port: int) -> Iterator[Strangers]:
    outside = Strangers(port)
    try:
        yield outside
    finally:
        for one in outside.held:
            one.close()


def _closed(stranger: socket.socket) -> bool:
    try:
        while stranger.recv(65_536):
            pass
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True
