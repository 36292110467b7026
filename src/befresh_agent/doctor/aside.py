"""Looking at something without holding anybody up: on a daemon thread, which neither loop nor program wait for."""

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def aside(look: Callable[[], T]) -> T:
    """What it returns or raises. A file system or driver that hangs keeps nobody but its thread."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def tell(result: T | None, error: Exception | None) -> None:
        if answer.done():
            return  # nobody waits any more
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type]  # without an error there is a result

    def work() -> None:
        result, trouble = None, None
        try:
            result = look()
        except Exception as error:  # noqa: BLE001  # handed to whoever waits
            trouble = error
        with contextlib.suppress(RuntimeError):  # the loop has ended meanwhile, and nobody waits for the answer
            loop.call_soon_threadsafe(tell, result, trouble)

    threading.Thread(target=work, name="doctor", daemon=True).start()
    return await answer
