"""A process on a disk of a few megabytes: fills it up beside the database and tells what the store says to that."""

import asyncio
import json
import sys
from contextlib import suppress
from itertools import count
from pathlib import Path

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.delivery_events import DiskFull
from befresh_agent.domain.events import Event
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.errors import StoreFull
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.delivery.bench import AT


def fill(folder: Path) -> None:
    """Somebody else's log takes the last byte."""
    with (folder / "somebody.log").open("ab", buffering=0) as log, suppress(OSError):
        while True:
            log.write(b"x" * 4096)
    with (folder / "somebody.log").open("ab", buffering=0) as log, suppress(OSError):
        while True:
            log.write(b"x")


async def register_until_full(store: OutboxStore, folder: Path, kept: list[str]) -> None:
    for n in count(len(kept)):
        fill(folder)
        await store.add(f"session {n}", FoodItem(f"id {n}", FoodType.GENERAL, f"food {n}", AT))
        await store.settle(f"session {n}")
        kept.append(f"food {n}")


async def main(folder: Path) -> dict[str, object]:
    told: list[Event] = []
    events = EventBus()
    events.subscribe(told.append)
    kept: list[str] = []
    report: dict[str, object] = {}
    path = folder / "agent.db"
    async with Database(path):
        pass
    fill(folder)
    async with Database(path) as database:  # opening needs room, too
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=events)
        report["opened with the reserve"] = not path.with_suffix(".reserve").exists()
        with suppress(StoreFull):
            await register_until_full(store, folder, kept)
        report["kept while full"] = len(kept)
        waiting = [entry.message for entry in await store.entries([MessageState.WAITING])]
        await store.arrived(waiting[:50])
        report["drains while full"] = len(await store.entries([MessageState.WAITING])) == len(waiting) - 50
        Path(folder, "somebody.log").unlink()
        await store.add("after", FoodItem("after", FoodType.GENERAL, "after", AT))
        await store.settle("after")
        await store.prune(-1, 30)
        report["reserve is back"] = path.with_suffix(".reserve").exists()
        there = {food for entry in await store.entries() for food in foods(entry.message.body)}
        report["all there"] = there == {*kept[50:], "after"}
    report["told"] = sum(isinstance(event, DiskFull) for event in told)
    return report


def foods(body: bytes) -> list[str]:
    return [food["name"] for food in json.loads(body)["foodList"]]


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(Path(sys.argv[1])))))
