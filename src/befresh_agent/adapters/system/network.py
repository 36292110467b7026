"""Host names looked up in threads that nobody waits for, and whether anything listens at an address.

asyncio looks names up in its thread pool, and a program cannot end before its pool has: with a resolver that does not
answer, half a minute. A daemon thread for each lookup ends whenever it ends.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from befresh_agent.errors import error_text
from befresh_agent.runtime.event_loop import within
from befresh_agent.runtime.threads import in_daemon_thread

Addresses = list[tuple[Any, ...]]

_NEXT_ADDRESS_S = 0.25
"""After so long without an answer the next address is tried beside this one (RFC 8305)."""


@contextmanager
def daemon_lookups() -> Iterator[None]:
    """While entered, the running loop's lookups hold nobody up, and one dead address of a name hides no other."""
    loop = asyncio.get_running_loop()
    lookup, connect = loop.getaddrinfo, loop.create_connection

    async def side_by_side(factory: Any, host: Any = None, port: Any = None, **options: Any) -> Any:
        if host is not None:
            options.setdefault("happy_eyeballs_delay", _NEXT_ADDRESS_S)
        return await connect(factory, host, port, **options)

    loop.getaddrinfo = _getaddrinfo  # type: ignore[method-assign, assignment]  # asyncio offers no other door
    loop.create_connection = side_by_side  # type: ignore[method-assign, assignment]  # as above
    try:
        yield
    finally:
        loop.getaddrinfo, loop.create_connection = lookup, connect  # type: ignore[method-assign]  # as above


async def _getaddrinfo(host: str, port: int, **hints: int) -> Addresses:
    return await in_daemon_thread(lambda: list(socket.getaddrinfo(host, port, **hints)), f"look up {host}")


async def probe_tcp(host: str, port: int, limit_s: float, tls: ssl.SSLContext | None = None) -> str:
    """Connect, with `tls` encrypted, and hang up: what is wrong, or nothing."""
    try:
        async with within(limit_s):
            _, writer = await asyncio.open_connection(host, port, ssl=tls)
    except TimeoutError:
        return f"no answer within {limit_s:g} s"
    except socket.gaierror as error:
        return f"{host}: {error.strerror}"
    except ssl.SSLError as error:
        return str(getattr(error, "verify_message", "") or error.reason or error)
    except OSError as error:
        return error_text(error)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return ""
