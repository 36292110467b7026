"""A program that works for an adapter ends with it, in a bounded time."""

import contextlib
from asyncio.subprocess import Process

from befresh_agent.deadline import within

_END_S = 3.0


async def end(process: Process) -> bool:
    """Kill it; whether it is gone within 3 seconds. One that the kernel holds inside a driver is not.

    asyncio counts a process as ended only when its pipes are read to the end as well, so what it still had to say is
    read: a pipe that was full would otherwise be waited for without end.
    """
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
    try:
        async with within(_END_S):
            await process.communicate()
    except TimeoutError:
        return False
    return True
