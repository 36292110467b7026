"""What the page costs: 10,000 foods, 40 containers with 30 days of readings, seen with Chromium.

Needs what `scripts/setup.sh browser` installs. On a machine that is busy with other things, times are longer.
"""

import asyncio
import contextlib
import math
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from befresh_agent.database import Database
from befresh_agent.domain.container import Address
from befresh_agent.domain.reading import Measurement, Reading
from befresh_agent.record import history
from tests.browser import driver
from tests.browser.driver import Browser

FOODS, BOXES, DAYS = 10_000, 40, 30
PAGES = ("/", "/food", "/containers", "/containers/02:00:00:00:00:07?span=7d", "/delivery", "/health", "/play")
LOOKS = 7
_PAINT = "return performance.getEntriesByType('paint').find(one => one.name === 'first-contentful-paint')?.startTime"
_BYTES = """
    const all = [...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')];
    return all.reduce((sum, one) => sum + one.transferSize, 0)
"""
_LATENCY = """
    const seen = new Promise(done => new MutationObserver(() => {
        if (document.getElementById('stage').innerText.includes(arguments[1])) done(performance.now());
    }).observe(document.body, {childList: true, subtree: true}));
    const began = performance.now();
    const body = JSON.stringify({do: arguments[0]});
    await fetch('/api/v1/play', {method: 'POST', headers: {'content-type': 'application/json'}, body});
    return await seen - began
"""


def fill(connection: sqlite3.Connection) -> None:
    """A fridge that has been used for a month, by a restaurant."""
    now = datetime.now().astimezone().replace(microsecond=0)
    foods = (
        (
            f"item-{n}",
            f"s{n // 5}",
            2,
            f"식품 {n}",
            (now + timedelta(days=n % 90 - 3)).date().isoformat(),
            now.isoformat(),
        )
        for n in range(FOODS)
    )
    statement = "INSERT INTO items (id, session, kind, name, expires_on, registered_at, state)"
    connection.executemany(f"{statement} VALUES (?, ?, ?, ?, ?, ?, 'sent')", foods)
    for number in range(BOXES):
        address = Address(f"02:00:00:00:00:{number:02X}")
        connection.execute("INSERT INTO containers (address, added) VALUES (?, ?)", (address, now.isoformat()))
        for step in range(DAYS * 144):
            at = now - timedelta(minutes=10 * step + number % 10)
            values = Measurement(round(4.5 + math.sin(step), 2), 61, 1009.83, 537, 101_700 + step, step % 50)
            history.add(connection, Reading(address, at, values))


@contextlib.contextmanager
def agent(home: Path, *, page: bool) -> Iterator[tuple[int, str]]:
    """A dry run that is played by hand; its process and the address of its page."""
    environment = {**os.environ, "BEFRESH_PAGE_PORT": "0", "BEFRESH_PAGE_ENABLED": str(page).lower()}
    environment |= {"HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_RUNTIME_DIR": str(home), "COLUMNS": "200"}
    log = home / f"log-{page}"
    command = [sys.executable, "-m", "befresh_agent", "run", "--dry-run", "--by-hand"]
    with log.open("w") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        while page and not re.search(r"http://127\.0\.0\.1:\d+", log.read_text()):
            if process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.05)
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        yield process.pid, found[0] if found else ""
    finally:
        process.terminate()
        process.wait()


def memory_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def look(browser: Browser, page: str) -> None:
    for path in PAGES:
        paints, sizes, answers = [], [], []
        for number in range(LOOKS):
            if number == 0:
                browser.tell("Network.clearBrowserCache")
            browser.go(page + path)
            paints.append(browser.until(_PAINT.removeprefix("return ")))
            sizes.append(browser.script(_BYTES))
            began = time.perf_counter()
            httpx.get(page + path).raise_for_status()
            answers.append((time.perf_counter() - began) * 1000)
        print(
            f"  {path:<42} answer {median(answers):4.0f} ms, first paint {median(paints):4.0f} ms"
            f" (worst {max(paints):.0f}), {sizes[0] / 1000:.0f} kB the first time"
        )


def latencies(browser: Browser, page: str) -> None:
    browser.go(f"{page}/play")
    browser.until("document.querySelector('#link').innerText === 'live'")
    times = []
    for _ in range(5):
        times.append(browser.script(_LATENCY, "press", "Show food"))
        times.append(browser.script(_LATENCY, "press", "waiting"))
    print(f"  from the press to the page: median {median(times):.0f} ms, worst {max(times):.0f} ms")


def lag(page: str) -> Any:
    return httpx.get(f"{page}/api/v1/health").json()["loop_lag_ms"]


def main() -> None:
    if lacking := driver.missing():
        print(f"not measured: there is no {lacking}")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with agent(home, page=False) as (pid, _):
            time.sleep(20)
            without = memory_mb(pid)

        async def prepare() -> None:
            async with Database(next(home.rglob("agent.db")), world="simulated") as database:
                await database.run(fill)

        asyncio.run(prepare())
        with agent(home, page=True) as (pid, page), driver.opened(home / "chromium") as browser:
            time.sleep(20)
            idle, before = memory_mb(pid), lag(page)
            print(f"{FOODS} foods, {BOXES} containers with {DAYS} days of readings; each page {LOOKS} times:")
            look(browser, page)
            latencies(browser, page)
            print(
                f"  memory: {without:.0f} MB without the page, {idle:.0f} with it, {memory_mb(pid):.0f} after looking"
            )
            print(f"  loop lag: before {before}, afterwards {lag(page)}")


if __name__ == "__main__":
    main()
