"""How quick the page is for who looks at it: 10,000 foods, 40 containers with 30 days of readings, in Chromium.

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

import httpx

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.storage import history
from befresh_agent.storage.database import Database
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
    }).observe(document.body, {childList: true, characterData: true, subtree: true}));
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
def agent(home: Path) -> Iterator[str]:
    """A dry run that is played by hand; the address of its page."""
    environment = {**os.environ, "BEFRESH_PAGE_PORT": "0"}
    environment |= {"HOME": str(home), "XDG_STATE_HOME": str(home), "XDG_RUNTIME_DIR": str(home), "COLUMNS": "200"}
    log = home / "log"
    command = [sys.executable, "-m", "befresh_agent", "run", "--dry-run", "--by-hand"]
    with log.open("w", encoding="utf-8") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        while (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text(encoding="utf-8"))) is None:
            if process.poll() is not None:
                raise SystemExit(log.read_text(encoding="utf-8"))
            time.sleep(0.05)
        yield found[0]
    finally:
        process.terminate()
        process.wait()


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
    time.sleep(2)  # it listens
    for name, acts in (
        ("an event", (("come", "You stand before"), ("leave", "Nobody is there"))),
        # The fridge waits 400 ms for a second press before it takes one for a short one.
        ("a press", (("press", "Show food"), ("press", "is waiting"))),
    ):
        times = [browser.script(_LATENCY, *act) for _ in range(5) for act in acts]
        print(f"  from {name} to the page: median {median(times):.0f} ms, worst {max(times):.0f} ms")


def main() -> None:
    if lacking := driver.missing():
        print(f"not measured: there is no {lacking}")
        return
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)

        async def prepare() -> None:
            async with Database(home / "befresh-agent" / "agent.db", world="simulated") as database:
                await database.run(fill)

        asyncio.run(prepare())
        with agent(home) as page, driver.opened(home / "chromium") as browser:
            print(f"{FOODS} foods, {BOXES} containers with {DAYS} days of readings; each page {LOOKS} times:")
            look(browser, page)
            latencies(browser, page)


if __name__ == "__main__":
    main()
