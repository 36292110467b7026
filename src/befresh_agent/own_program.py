"""Programs that work for the agent: asked in a bounded time, and ended in one."""

import asyncio
import contextlib
from asyncio.subprocess import DEVNULL, PIPE, Process

from befresh_agent.deadline import within

_END_S = 3.0


async def answer(*command: str, limit_s: float, given: bytes | None = None) -> tuple[int, bytes]:
    """Its exit code and all it says to what is given. Raises OSError where it cannot start, TimeoutError if it is late.

    Whatever happens, it does not outlive the question.
    """
    stdin = DEVNULL if given is None else PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=stdin, stdout=PIPE, stderr=DEVNULL)
    try:
        async with within(limit_s):
            said, _ = await process.communicate(given)
            return await process.wait(), said
    finally:
        if process.returncode is None:
            await end(process)


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
