"""The whole agent in a network of strangers: meanwhile food is registered and delivered as if there were none."""

import asyncio
import contextlib
import json
import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from befresh_agent.page.visitors import MOST
from befresh_agent.runtime.event_loop import within
from tests.agent.program import Program
from tests.agent.test_page import Browser, by_hand
from tests.strangers import SAID, many_addresses, one_address, strangers

FILES = 512
"""Fewer than the service has: what is kept for others must do all the same."""
LOOSE = 8
"""Files that are open for a moment."""
MORE_MB = 15
CLEARED_S = 7
"""So long after a session the agent has cleared away what it left."""
LATE_MS = 500
"""The worst that the loop may be late on a machine with much else to do."""


@contextlib.contextmanager
def few_files() -> Iterator[None]:
    """For whatever is started meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def files(program: Program) -> int:
    return sum(1 for _ in Path(f"/proc/{program.process.pid}/fd").iterdir())


def megabytes(program: Program) -> float:
    pages = int(Path(f"/proc/{program.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def evening(browser: Browser, times: int) -> None:
    """A food is registered, and its message arrives."""
    await browser.do("press")
    await browser.until("/play", shows="Show food to the camera")
    await browser.register("우유", "show", "milk")
    await browser.do("press")
    async with within(60):
        while await arrived(browser) < times:
            await asyncio.sleep(0.1)
    await browser.until_stage("closed")


async def arrived(browser: Browser) -> int:
    lines = (await browser.http.get("/api/v1/messages.jsonl")).text.splitlines()
    messages = [json.loads(line) for line in lines]
    return sum("foodList" in json.dumps(one) and one["state"] == "delivered" for one in messages)


@pytest.mark.slow
@pytest.mark.parametrize("count", [240, pytest.param(2000, marks=[pytest.mark.chaos, pytest.mark.timeout(900)])])
async def test_strangers_leave_the_fridge_alone(count: int) -> None:
    with few_files():
        fridge = by_hand()
        program, browser = await fridge.__aenter__()
    try:
        with strangers(browser.http.base_url.port or 0) as outside:
            await evening(browser, 1)
            await asyncio.sleep(CLEARED_S)
            before, memory = files(program), megabytes(program)
            registered = asyncio.create_task(evening(browser, 2))
            for said in SAID.values():
                await outside.come(count // len(SAID) // 2, said, many_addresses)
                await outside.come(count // len(SAID) // 2, said, one_address, half_closed=said == b"")
                assert (await browser.http.get("/food")).status_code == 200
            await registered
            async with within(30):  # a vision worker of the session before may still be going
                while files(program) > before + MOST + LOOSE or megabytes(program) > memory + MORE_MB:
                    await asyncio.sleep(0.1)
            more_mb, more_files = megabytes(program) - memory, files(program) - before
            health = await browser.json("/api/v1/health")
            late_ms = health["lag_ms"]["max"]
            assert late_ms < LATE_MS
            assert outside.still_in() <= MOST
            assert "127.9.9.9" in {one["peer"] for one in health["turned_away"]}
        program.terminate()
        assert await program.ended() == 0
        told = sum("turned away" in line for line in program.lines)
        print(f"{count} strangers: {more_mb:+.1f} MB, {more_files:+} files, loop {late_ms:.0f} ms late, {told} lines")
        assert told <= 10
        assert not [line for line in program.lines if "Traceback" in line or "too many open" in line.lower()]
    finally:
        await fridge.__aexit__(None, None, None)
