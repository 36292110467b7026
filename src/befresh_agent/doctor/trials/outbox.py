"""Outbox: a food goes in, its message comes out, and both are still there when the database is opened again."""

import json
from pathlib import Path

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.database import Database
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.errors import StoreError
from befresh_agent.events import Events
from befresh_agent.outbox.journal import Journal
from befresh_agent.outbox.rows import State
from befresh_agent.outbox.store import Store
from befresh_agent.places import database_file
from befresh_agent.settings import KafkaSettings

_FRIDGE, _NAME, _SESSION = 1, "사과", "self-test"


async def outbox(folder: Path) -> str:
    clock, events = SystemClock(), Events()

    def store(database: Database) -> Store:
        return Store(database, fridge_id=_FRIDGE, topics=KafkaSettings(), clock=clock, events=events)

    async with Database(database_file(folder), size_mb=2) as database:
        kept = store(database)
        await kept.recover()
        await kept.add(_SESSION, FoodItem("self-test-1", FoodType.GENERAL, _NAME, clock.now()))
        await kept.settle(_SESSION)
        await Journal(kept, clock=clock, events=events).stop(0)
    async with Database(database_file(folder), size_mb=2) as database:
        entries = await store(database).entries((State.JOURNAL,))
    foods = [json.loads(entry.message.body)["foodList"] for entry in entries]
    if foods != [[{"name": _NAME, "ftypeId": int(FoodType.GENERAL)}]]:
        raise StoreError(f"{foods} came out of the outbox")
    return "a food went in, its message came out, and both lasted"
