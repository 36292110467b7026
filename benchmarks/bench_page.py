"""What the page costs: 10,000 foods and 40 containers with 30 days of readings behind a real server on loopback.

First byte to last byte of every tab with all it needs, what the event loop feels of it, and the memory it adds.
"""

import asyncio
import contextlib
import re
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path

import httpx

from befresh_agent import assembly
from befresh_agent.app import Life
from befresh_agent.domain.container import Address
from befresh_agent.domain.events import SessionOpened
from befresh_agent.domain.ids import uuid7
from befresh_agent.hardware import real_hardware
from befresh_agent.settings import AgentSettings, FridgeSettings, PageSettings, Settings

FOODS, BOXES, DAYS = 10_000, 40, 30
TABS = ("/", "/food", "/containers", "/containers/02:00:00:00:00:01?span=7d", "/delivery", "/health")
ROUNDS = 20


def fill(connection: sqlite3.Connection) -> None:
    now = datetime.now().astimezone()
    boxes = [Address(f"02:00:00:00:00:{number:02X}") for number in range(BOXES)]
    connection.executemany(
        "INSERT INTO items (id, session, kind, name, expires_on, registered_at, state)"
        " VALUES (?, '', 2, ?, ?, ?, 'sent')",
        (
            (uuid7(now), f"food {n}", (now + timedelta(days=n % 400)).date().isoformat(), now.isoformat())
            for n in range(FOODS)
        ),
    )
    connection.executemany(
        "INSERT INTO containers (address, added) VALUES (?, ?)", ((b, now.isoformat()) for b in boxes)
    )
    ends = int(now.timestamp())
    connection.executemany(
        "INSERT INTO history (address, at, clock_synced, temperature, humidity, gas, nh3) VALUES (?, ?, 1, ?, ?, ?, ?)",
        (
            (box, ends - 600 * n, 4 + n % 7 / 10, 80 + n % 9, 100_000 - n % 3000, 10 + n % 5)
            for box in boxes
            for n in range(DAYS * 144)
        ),
    )


@contextlib.asynccontextmanager
async def living(folder: Path, *, page: bool) -> AsyncIterator[assembly.Agent]:
    settings = Settings(
        fridge=FridgeSettings(id=17),
        agent=AgentSettings(state_dir=folder, runtime_dir=folder / "run"),
        page=PageSettings(enabled=page, port=0),
    )
    agent = assembly.build(settings, real_hardware(settings))
    life = Life(agent)
    running = asyncio.create_task(life.run())
    while not agent.status.ready or (agent.page and agent.page.address is None):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield agent
    life.end()
    await running


def megabytes() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


async def loads(browser: httpx.AsyncClient, tab: str) -> tuple[float, int]:
    """Milliseconds and bytes until a browser has all it needs to paint the tab."""
    began = time.perf_counter()
    page = await browser.get(tab)
    assert page.status_code == 200, page.text
    parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    rest = await asyncio.gather(*(browser.get(part) for part in set(parts)))
    return (time.perf_counter() - began) * 1000, len(page.content) + sum(len(part.content) for part in rest)


class Lag:
    """The worst the loop was late."""

    def __init__(self) -> None:
        self.late: list[float] = []

    async def run(self) -> None:
        while True:
            due = time.perf_counter() + 0.005
            await asyncio.sleep(0.005)
            self.late.append((time.perf_counter() - due) * 1000)


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        async with living(folder, page=False) as agent:
            await asyncio.sleep(2)
            await httpx.AsyncClient().aclose()  # its libraries are not the page's
            without = megabytes()
            await agent.store._database.run(fill)  # noqa: SLF001  # the benchmark's own fridge
        async with living(folder, page=True) as agent:
            assert agent.page is not None
            assert agent.page.address is not None
            await asyncio.sleep(5)
            print(f"memory: {megabytes() - without:.1f} MB more with the page, before the first request")
            await measure(agent, agent.page.address)
            print(f"memory: {megabytes() - without:.1f} MB more with the page, after them")


async def measure(agent: assembly.Agent, address: str) -> None:
    lag = Lag()
    watching = asyncio.create_task(lag.run())
    await asyncio.sleep(5)
    idle, lag.late = sorted(lag.late), []
    browser = await asyncio.create_subprocess_exec(sys.executable, __file__, address)
    await browser.wait()
    busy, lag.late = sorted(lag.late), []
    async with httpx.AsyncClient(base_url=address) as client, client.stream("GET", "/events") as stream:
        lines = stream.aiter_lines()
        await anext(lines)
        began = time.perf_counter()
        agent.events.tell(SessionOpened("bench"))
        async for line in lines:
            if line.startswith("data: ") and "now" in line:
                break
        print(f"an event reaches the browser in {(time.perf_counter() - began) * 1000:.0f} ms")
    watching.cancel()
    for name, late in (("nobody asks", idle), ("somebody asks without a pause", busy)):
        print(f"loop late while {name}: p99 {late[int(len(late) * 0.99)]:.1f} ms, worst {late[-1]:.1f} ms")


async def browse(address: str) -> None:
    """In a process of its own: a browser that looks at every tab again and again."""
    async with httpx.AsyncClient(base_url=address, timeout=30) as browser:
        for tab in TABS:
            took = sorted([await loads(browser, tab) for _ in range(ROUNDS)])
            middle, worst = took[ROUNDS // 2], took[-1]
            print(f"{tab:42} {middle[0]:6.0f} ms (worst {worst[0]:4.0f})  {middle[1] / 1000:6.1f} kB", flush=True)


asyncio.run(browse(sys.argv[1]) if sys.argv[1:] else main())
