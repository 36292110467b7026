"""How a scenario ended, in one line; and how often each is played."""

import os
import time
from collections.abc import Awaitable

TIMES = int(os.environ.get("TIMES") or 1)
"""In a row."""


async def verdict(name: str, number: int, scenario: Awaitable[str]) -> None:
    began, words = time.monotonic(), f"{name.replace('_', ' ')} ({number})"
    try:
        note = await scenario
    except BaseException as error:
        print(f"\nFAIL {words}: {error}")
        raise
    print(f"\nPASS {words}: {note}; {time.monotonic() - began:.0f} s")
