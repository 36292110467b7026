"""What the page costs: 10,000 foods and 40 containers with 30 days of readings behind a real server on loopback.

First byte to last byte of every tab with all it needs and of what is handed out as a whole, what the event loop feels
of it, and the memory it adds. How late the loop is depends on what else the machine does: beside it stands how late a
loop is that does nothing, in a process of its own; and how long ours worked without a pause, in time of the processor.
"""

import asyncio
import contextlib
import gc
import json
import re
import resource
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from befresh_agent.app import AgentRun
from befresh_agent.assembly import agent as assembly
from befresh_agent.assembly import hardware
from befresh_agent.assembly.hardware import real_hardware
from befresh_agent.domain.container import Address
from befresh_agent.domain.events import SessionOpened
from befresh_agent.domain.food import uuid7
from befresh_agent.settings.model import AgentSettings, FridgeSettings, PageSettings, Settings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageDraft, MessageState, enqueue, mark

if TYPE_CHECKING:
    import httpx

FOODS, BOXES, DAYS = 10_000, 40, 30
TABS = ("/", "/food", "/containers", "/containers/02:00:00:00:00:01?span=7d", "/delivery", "/health")
WHOLE = (
    "/api/v1/foods?limit=200",
    "/api/v1/containers/02:00:00:00:00:01/history?span=7d",
    "/api/v1/openapi.json",
    "/api/v1/messages.jsonl",
    "/api/v1/readings.csv",
    "/containers/sheet",
)
ROUNDS, ROUNDS_WHOLE = 20, 3
MESSAGES = 336
"""A week of readings, every half hour."""


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
    measured = {"temperature": 4.5, "humidity": 61, "pressure": 1009.8, "co2": 537, "gas": 101_700, "nh3": 0}
    three = [{"time": f"2026-11-21 09:{minute}", "data": measured} for minute in (10, 20, 30)]
    body = json.dumps({"execute_time": "2026-11-21", "refrigeratorId": 17, "data": dict.fromkeys(boxes, three)})
    for n in reversed(range(MESSAGES)):
        at = now - timedelta(minutes=30 * n)
        draft = MessageDraft("sensor-data-topic", "befresh.sensor.batch.v1", 17, body.encode(), 3 * BOXES, at)
        mark(connection, [enqueue(connection, draft)], MessageState.DELIVERED, at)


@contextlib.asynccontextmanager
async def living(folder: Path, *, page: bool) -> AsyncIterator[hardware.Agent]:
    settings = Settings(
        fridge=FridgeSettings(id=17),
        agent=AgentSettings(state_dir=folder, runtime_dir=folder / "run"),
        page=PageSettings(enabled=page, port=0),
    )
    agent = assembly.build(settings, real_hardware(settings))
    life = AgentRun(agent)
    running = asyncio.create_task(life.run())
    while not agent.status.ready or (agent.page and agent.page.address is None):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    yield agent
    life.stop()
    await running


def megabytes() -> float:
    return int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1]) * resource.getpagesize() / 1e6


async def loads(browser: "httpx.AsyncClient", tab: str) -> tuple[float, int]:
    """Milliseconds and bytes until a browser has all it needs to paint the tab."""
    began = time.perf_counter()
    page = await browser.get(tab)
    assert page.status_code == 200, page.text
    parts = re.findall(r'(?:href|src)="(/static/[^"]+)"', page.text)
    rest = await asyncio.gather(*(browser.get(part) for part in set(parts)))
    return (time.perf_counter() - began) * 1000, len(page.content) + sum(len(part.content) for part in rest)


class Lag:
    """How late a loop is that asks to be woken every 5 ms, and how long it worked in between; milliseconds."""

    def __init__(self) -> None:
        self._collecting = 0.0
        gc.callbacks.append(self._garbage)
        self.begin()

    def begin(self) -> None:
        """Forget what was found."""
        self._late: list[float] = []
        self._worked: list[float] = []
        self._collected = 0.0

    async def run(self) -> None:
        while True:
            due, worked = time.perf_counter() + 0.005, time.thread_time()
            await asyncio.sleep(0.005)
            self._late.append((time.perf_counter() - due) * 1000)
            self._worked.append((time.thread_time() - worked) * 1000)

    def told(self) -> str:
        late, worked = sorted(self._late), sorted(self._worked)
        return (
            f"late p99 {late[int(len(late) * 0.99)]:5.1f} ms, worst {late[-1]:5.1f};"
            f" at work at most {worked[-1]:4.1f}; longest halt for garbage {self._collected:4.1f}"
        )

    def _garbage(self, phase: str, _: dict[str, int]) -> None:
        """All threads wait meanwhile, whichever collects."""
        now = time.thread_time()
        if phase == "start":
            self._collecting = now
        else:
            self._collected = max(self._collected, (now - self._collecting) * 1000)


@contextlib.asynccontextmanager
async def watched(what: str, lag: Lag) -> AsyncIterator[None]:
    """Say how late the loop was meanwhile, and how late one was that does nothing."""
    idle = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "idle"), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    assert idle.stdout is not None
    await idle.stdout.readline()
    lag.begin()
    yield
    told, (beside, _) = lag.told(), await idle.communicate(b"\n")
    print(f"{what}:\n  this loop {told}\n  an idle one {beside.decode().strip()}", flush=True)


async def main() -> None:
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder, lag = Path(name), Lag()
        await told("fill", name)
        without = float(await told("alone", name))
        watching = asyncio.create_task(lag.run())
        async with contextlib.AsyncExitStack() as life:
            async with watched("while it is loaded", lag):
                agent = await life.enter_async_context(living(folder, page=True))
                await asyncio.sleep(5)
            assert agent.page is not None
            assert agent.page.address is not None
            print(f"memory: {megabytes() - without:.1f} MB more with the page, before the first request")
            await measure(agent, agent.page.address, lag, without)
            print(f"memory: {megabytes() - without:.1f} MB more with the page, after all that")
        watching.cancel()


async def measure(agent: hardware.Agent, address: str, lag: Lag, without: float) -> None:
    async with watched("while nobody asks", lag):
        await asyncio.sleep(10)
    async with watched("while somebody looks at every tab, without a pause", lag):
        print(await told("tabs", address), end="")
    print(f"memory: {megabytes() - without:.1f} MB more with the page, after that")
    async with watched("while somebody takes all there is, without a pause", lag):
        print(await told("whole", address), end="")
    print(f"an event reaches the browser in {await event(agent, address):.0f} ms")


async def event(agent: hardware.Agent, address: str) -> float:
    """Milliseconds until a browser hears of one."""
    place = urlsplit(address)
    reader, writer = await asyncio.open_connection(place.hostname, place.port)
    writer.write(f"GET /events HTTP/1.1\r\nHost: {place.netloc}\r\n\r\n".encode())
    await reader.readuntil(b"data: hello\n")
    began = time.perf_counter()
    agent.events.emit(SessionOpened("bench"))
    await reader.readuntil(b"data: now")
    writer.close()
    return (time.perf_counter() - began) * 1000


async def told(*arguments: str) -> str:
    """What another process of this benchmark says."""
    process = await asyncio.create_subprocess_exec(sys.executable, __file__, *arguments, stdout=asyncio.subprocess.PIPE)
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode()


async def filled(folder: Path) -> None:
    """In a process of its own: the fridge."""
    async with Database(folder / "agent.db") as database:
        await database.run(fill)


async def alone(folder: Path) -> None:
    """In a process of its own: the memory of the same agent without its page."""
    async with living(folder, page=False):
        await asyncio.sleep(5)
        print(megabytes())


async def browse(address: str, paths: Sequence[str], rounds: int) -> None:
    """In a process of its own: a browser that looks at every page again and again."""
    import httpx  # its libraries are not the page's

    async with httpx.AsyncClient(base_url=address, timeout=30) as browser:
        for path in paths:
            took = sorted([await loads(browser, path) for _ in range(rounds)])
            middle, worst = took[rounds // 2], took[-1]
            print(f"  {path:52} {middle[0]:6.0f} ms (worst {worst[0]:4.0f})  {middle[1] / 1000:7.1f} kB", flush=True)


async def idle() -> None:
    """In a process of its own: a loop that does nothing, until it is told to say how late it was."""
    lag = Lag()
    watching = asyncio.create_task(lag.run())
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    watching.cancel()
    print(lag.told())


match sys.argv[1:]:
    case ["fill", folder]:
        asyncio.run(filled(Path(folder)))
    case ["alone", folder]:
        asyncio.run(alone(Path(folder)))
    case ["idle"]:
        asyncio.run(idle())
    case ["tabs", address]:
        asyncio.run(browse(address, TABS, ROUNDS))
    case ["whole", address]:
        asyncio.run(browse(address, WHOLE, ROUNDS_WHOLE))
    case _:
        asyncio.run(main())
