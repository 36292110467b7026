"""A process to be killed: registers foods and keeps readings, or delivers, as fast as it can, and says what is safe."""

import asyncio
import itertools
import os
import random
import sys
from pathlib import Path

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.store import OutboxStore
from tests.delivery.bench import AT, BOX, bench, kafka_settings


async def register(path: Path) -> None:
    """Every line says what must never be lost from now on."""
    async with Database(path) as database:
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())
        await store.recover()
        for number in itertools.count():
            session = f"{os.getpid()}-{number}"
            for n in range(random.randrange(1, 4)):
                name = f"{session}-{n}"
                await store.add(session, FoodItem(name, FoodType.GENERAL, name, AT))
                print(f"food {name}", flush=True)
                mark = os.getpid() * 1000 + number * 3 + n
                await store.keep_reading(Reading(BOX, AT, Measurement(gas=mark)))
                print(f"reading {mark}", flush=True)
            await store.settle(session)
            await store.batch()


async def deliver(path: Path, bootstrap: str) -> None:
    async with bench(path, kafka_settings(bootstrap)) as desk:
        desk.start()
        print("started", flush=True)
        await desk.drained(600)
        await desk.relay.stop(5)


if __name__ == "__main__":
    if sys.argv[1] == "register":
        asyncio.run(register(Path(sys.argv[2])))
    else:
        asyncio.run(deliver(Path(sys.argv[2]), sys.argv[3]))
