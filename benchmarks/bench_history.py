"""What the history costs: 40 containers with 30 days of readings; processor time on the database's thread."""

import asyncio
import math
import sqlite3
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import TypeVar

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading, TimeSpan
from befresh_agent.history.records import samples
from befresh_agent.history.rules.trend import STEP_S, trend
from befresh_agent.storage import history as table
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory

T = TypeVar("T")

BOXES = [Address(f"02:00:00:00:00:{number:02X}") for number in range(40)]
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
END = BEGIN + timedelta(days=30)
WINDOWS = {"1 h": 3600, "24 h": 86_400, "7 d": 7 * 86_400, "30 d": 30 * 86_400}


def reading(box: int, number: int) -> Reading:
    at = BEGIN + timedelta(minutes=10 * number + box % 10)
    values = Measurement(round(4.5 + math.sin(number), 2), 61, 1009.83, 537, 101_700 + number, number % 50)
    return Reading(BOXES[box], at, values)


def keep(readings: list[Reading], connection: sqlite3.Connection) -> None:
    for one in readings:
        table.add(connection, one)


async def timed(database: Database, work: Callable[[sqlite3.Connection], T]) -> tuple[float, T]:
    def measured(connection: sqlite3.Connection) -> tuple[float, T]:
        began = time.thread_time()
        result = work(connection)
        return (time.thread_time() - began) * 1000, result

    return await database.run(measured)


async def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "agent.db"
        async with Database(path) as database:
            for box in range(len(BOXES)):
                everything = [reading(box, number) for number in range(4320)]
                await database.run(partial(keep, everything))
            print(f"{len(BOXES)} containers, 30 days: {path.stat().st_size / 1e6:.1f} MB")
            for name, seconds in WINDOWS.items():
                await window(database, name, TimeSpan(END.timestamp() - seconds, END.timestamp()))
            await trends(database)


async def window(database: Database, name: str, within: TimeSpan) -> None:
    step_s = max(1, math.ceil(within.seconds / 239))
    taken = [await timed(database, partial(table.curves, address=box, within=within, step_s=step_s)) for box in BOXES]
    times = [milliseconds for milliseconds, _ in taken]
    points = max(len(curve) for _, curves in taken for curve in curves.values())
    print(f"{name:>5}: {points} points, median {median(times):.1f} ms, longest {max(times):.1f} ms")


async def trends(database: Database) -> None:
    within, times = TimeSpan(END.timestamp() - 7 * 86_400, END.timestamp()), []
    for box in BOXES:
        curves = await ReadingHistory(database).steps(box, within, step_s=STEP_S)
        began = time.thread_time()
        trend(samples(curves), END.timestamp())
        times.append((time.thread_time() - began) * 1000)
    print(f"trend: median {median(times):.1f} ms, longest {max(times):.1f} ms (on a thread of its own)")


if __name__ == "__main__":
    asyncio.run(main())
