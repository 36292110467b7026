"""Fault 2: the power fails at any moment. The statements are the store's own, recorded while it works."""

import json
import random
import sqlite3
from collections import Counter
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.database_file import PRAGMAS
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.delivery.bench import AT, BOX
from tests.delivery.power_cut import Promise, cut, record

POINTS = [60, pytest.param(1000, marks=[pytest.mark.chaos, pytest.mark.timeout(600)])]


@dataclass
class Work:
    """A store at work: its statements, and after how many of its promises which things must be there."""

    statements: list[str | Promise] = field(default_factory=list)
    promises: list[tuple[str, str]] = field(default_factory=list)
    forgotten: int = 0
    """Once more than so many promises were given, these first ones may be forgotten: delivered long ago."""

    def promised(self, count: int) -> set[tuple[str, str]]:
        """What must be there after so many promises."""
        first = self.forgotten + 1 if count > self.forgotten else 0
        return set(self.promises[first:count])

    def promise(self, kind: str, key: object) -> None:
        self.promises.append((kind, str(key)))
        self.statements.append(Promise(len(self.promises)))


def schema(connection: sqlite3.Connection) -> Iterable[str]:
    """What a new database consists of."""
    yield from (row[0] for row in connection.execute("SELECT sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))
    for key, value in connection.execute("SELECT key, value FROM meta"):
        yield f"INSERT INTO meta VALUES ('{key}', '{value}')"


@pytest.fixture
async def recorded(tmp_path: Path) -> Work:
    done = Work()
    async with Database(tmp_path / "real.db") as database:
        await database.run(lambda c: watch(c, done))
        store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=SystemClock(), events=EventBus())
        await store.recover()
        for n in range(25):
            await register(store, done, n)
            for m in range(8):
                await store.keep_reading(Reading(BOX, AT, Measurement(gas=n * 100 + m)))
                done.promise("reading", n * 100 + m)
            await store.batch()
            await promise_messages(store, done)
            waiting = [entry.message for entry in await store.entries([MessageState.WAITING])]
            await store.arrived(waiting[:-2])
            if n == 20:
                done.forgotten = len(done.promises)
                done.promise("begins to forget", n)
                await store.prune(-1, 30)
    return done


def watch(connection: sqlite3.Connection, done: Work) -> None:
    """Note every statement from the next transaction on."""
    done.statements += schema(connection)
    begun = False

    def note(statement: str) -> None:
        nonlocal begun
        begun = begun or statement.startswith("BEGIN")
        if begun and not statement.startswith("SELECT"):
            done.statements.append(statement)

    connection.set_trace_callback(note)


async def register(store: OutboxStore, done: Work, n: int) -> None:
    for m in range(3):
        name = f"food {n}-{m}"
        await store.add(f"session {n}", FoodItem(name, FoodType.GENERAL, name, AT))
        done.promise("food", name)
    await store.settle(f"session {n}")
    await promise_messages(store, done)


async def promise_messages(store: OutboxStore, done: Work) -> None:
    newest = (await store.entries(limit=1, newest=True))[0].message
    done.promise("message", f"{newest.id} {newest.body.decode()}")


@dataclass(frozen=True)
class Found:
    """What is there after the power came back."""

    sound: bool
    things: Counter[tuple[str, str]]


def look(path: Path) -> Found:
    things: Counter[tuple[str, str]] = Counter()
    with closing(sqlite3.connect(path)) as connection:
        try:
            sound = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            for id_, body in connection.execute("SELECT id, body FROM outbox"):
                things["message", f"{id_} {body.decode()}"] += 1
                for food in json.loads(body).get("foodList", ()):
                    things["food", food["name"]] += 1
                for samples in json.loads(body).get("data", {}).values():
                    things.update(("reading", str(sample["data"]["gas"])) for sample in samples)
            things.update(("food", name) for (name,) in connection.execute("SELECT name FROM items WHERE seq IS NULL"))
            measured = connection.execute("SELECT measured FROM readings")
            things.update(("reading", str(json.loads(text)["gas"])) for (text,) in measured)
        except sqlite3.DatabaseError:
            return Found(False, things)
    return Found(sound, things)


def losses(recorded: Work, pragmas: str, points: int, chance: random.Random, folder: Path) -> tuple[int, int, int]:
    """At how many moments a promised thing was lost, something was there twice, and the file was broken."""
    steps = record(recorded.statements, pragmas, folder)
    first = next(n for n, step in enumerate(steps) if step == Promise(1))
    lost = twice = broken = 0
    for _ in range(points):
        until = chance.randrange(first, len(steps))
        numbers = [step.number for step in steps[: until + 1] if isinstance(step, Promise)]
        promised = recorded.promised(max(numbers))
        found = look(cut(steps[: until + 1], chance, folder))
        lost += bool(promised - set(found.things))
        twice += any(count > 1 for count in found.things.values())
        broken += not found.sound
    return lost, twice, broken


@pytest.mark.parametrize("points", POINTS)
def test_fault_02_a_power_cut_loses_nothing_that_was_promised(
    recorded: Work, points: int, seed: int, tmp_path: Path
) -> None:
    assert losses(recorded, PRAGMAS, points, random.Random(seed), tmp_path) == (0, 0, 0)


def test_fault_02_the_simulated_power_cut_does_find_a_careless_setting(
    recorded: Work, seed: int, tmp_path: Path
) -> None:
    careless = PRAGMAS.replace("synchronous = FULL", "synchronous = NORMAL")
    assert careless != PRAGMAS
    lost, _, _ = losses(recorded, careless, 60, random.Random(seed), tmp_path)
    assert lost > 10
