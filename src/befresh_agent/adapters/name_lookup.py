"""Looking up host names in threads that nobody waits for.

asyncio looks names up in its thread pool, and a program cannot end before its pool has: with a resolver that does not
answer, half a minute. A thread of its own for each lookup ends whenever it ends.
"""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

Addresses = list[tuple[Any, ...]]


@contextmanager
def free_lookups() -> Iterator[None]:
    """While entered, the running loop's lookups hold nobody up."""
    loop = asyncio.get_running_loop()
    before = loop.getaddrinfo
    loop.getaddrinfo = _getaddrinfo  # type: ignore[method-assign, assignment]  # asyncio offers no other door
    try:
        yield
    finally:
        loop.getaddrinfo = before  # type: ignore[method-assign]  # as above


async def _getaddrinfo(host: str, port: int, **hints: int) -> Addresses:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Addresses] = loop.create_future()

    def tell(addresses: Addresses | None, error: Exception | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(addresses or [])

    def look_up() -> None:
        addresses: Addresses | None = None
        error: Exception | None = None
        try:
            addresses = list(socket.getaddrinfo(host, port, **hints))
        except (OSError, UnicodeError) as trouble:
            error = trouble
        with suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits for the answer
            loop.call_soon_threadsafe(tell, addresses, error)

    threading.Thread(target=look_up, name=f"look up {host}", daemon=True).start()
    return await answer
