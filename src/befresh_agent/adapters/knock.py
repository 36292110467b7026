"""Whether somebody listens at an address, and why not."""

import asyncio
import contextlib
import os
import socket

from befresh_agent.deadline import within


async def knock(host: str, port: int, limit_s: float) -> str:
    """Connect and hang up: what is wrong, or nothing."""
    try:
        async with within(limit_s):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return f"no answer within {limit_s:g} s"
    except socket.gaierror as error:
        return f"{host}: {error.strerror}"
    except OSError as error:
        return os.strerror(error.errno) if error.errno else str(error)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return ""
