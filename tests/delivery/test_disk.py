"""Faults 14, 15 and 16: a full disk, a full queue, and a database that is not what it was."""

import json
import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from befresh_agent.domain.delivery_events import DatabaseRebuilt, MessageQueued, ReadingsDropped
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.storage import database_file, readings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from tests.delivery.bench import AT, BOX, bench, kafka_settings, measure, register
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import read_all

MANY = 100


def on_small_disk(folder: Path, megabytes: int, module: str) -> str:
    """Run a module of these tests with a small disk of its own mounted there, as nobody else sees it."""
    private = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    if subprocess.run([*private, "mount", "-t", "tmpfs", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("this machine does not let us mount a small disk")
    script = f'mount -t tmpfs -o size={megabytes}m tmpfs "$1" && exec "$2" -m {module} "$1"'
    command = [*private, "sh", "-c", script, "sh", str(folder), sys.executable]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=200).stdout


def test_fault_14_a_full_disk_is_told_and_the_reserve_carries_on(tmp_path: Path) -> None:
    report = json.loads(on_small_disk(tmp_path, 20, "tests.delivery.full_disk"))
    assert report.pop("kept while full") >= 500
    assert report == {
        "opened with the reserve": True,
        "drains while full": True,
        "reserve is back": True,
        "all there": True,
        "told": 1,
    }


def keep_many(connection: sqlite3.Connection) -> None:
    """A heap of readings in one go."""
    for n in range(MANY):
        readings.keep(connection, Reading(BOX, AT, Measurement(4.5, 61, 1009.8, 537, 101700, n)))


async def test_fault_15_a_full_queue_gives_up_the_oldest_readings_and_never_a_food(
    broker: MockKafka, path: Path
) -> None:
    broker.down()
    async with bench(path, kafka_settings(broker.bootstrap), size_mb=1) as desk:
        foods = 0
        while not desk.heard(ReadingsDropped) or foods < 10:
            foods += 1
            await register(desk.store, f"food {foods}")
            for _ in range(3):
                await desk.store._write(keep_many)
                await desk.store.batch()
        queued = {event.seq for event in desk.heard(MessageQueued)}
        left = {entry.message.seq: entry for entry in await desk.store.entries()}
        dropped = sum(event.count for event in desk.heard(ReadingsDropped))
        assert dropped == MANY * len(queued - set(left)) > 0
        batches = [seq for seq, entry in left.items() if entry.message.topic == "sensor-data-topic"]
        assert min(batches) > max(queued - set(left)), "the oldest went first"
        broker.up()
        desk.start()
        await desk.drained()
    records = await read_all(broker.bootstrap)
    assert sum(record.topic == "food-regist" for record in records) == foods
    assert {int(record.headers["ce_sequence"]) for record in records} == set(left)


async def filled(path: Path) -> None:
    async with bench(path, kafka_settings("nowhere:1")) as desk:
        await desk.store.recover()
        for n in range(60):
            await register(desk.store, *(f"food {n}-{m}" for m in range(3)))
            await measure(desk.store, 1, readings=12)
        await desk.store.mark(range(1, 60), MessageState.DELIVERED)


async def works(path: Path, broker: MockKafka) -> list[DatabaseRebuilt]:
    """The agent starts on that database, registers, and delivers everything that is left; what it reported."""
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        await desk.store.recover()
        await register(desk.store, "new food")
        await measure(desk.store)
        desk.start()
        await desk.drained()
        return desk.heard(DatabaseRebuilt)


def random_bytes(path: Path, chance: random.Random) -> None:
    with path.open("r+b") as file:
        for _ in range(chance.randrange(1, 6)):
            file.seek(chance.randrange(path.stat().st_size))
            file.write(chance.randbytes(chance.choice((1, 16, 512, 4096))))


def cut_short(path: Path, chance: random.Random) -> None:
    os.truncate(path, chance.randrange(path.stat().st_size))


def wrong_schema(path: Path, chance: random.Random) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"DROP TABLE {chance.choice(('meta', 'outbox', 'items', 'readings', 'containers'))}")


def foreign(path: Path, chance: random.Random) -> None:
    path.write_bytes(chance.randbytes(10_000))


@pytest.mark.parametrize("damage", [random_bytes, cut_short, wrong_schema, foreign])
@pytest.mark.parametrize("times", [3, pytest.param(100, marks=[pytest.mark.chaos, pytest.mark.timeout(900)])])
async def test_fault_16_with_any_damage_the_agent_starts_reports_and_goes_on(
    broker: MockKafka, path: Path, damage: Callable[[Path, random.Random], None], times: int, seed: int
) -> None:
    chance = random.Random(seed)
    await filled(path)
    sound = path.read_bytes()
    for n in range(times):
        here = path.with_name(f"{n}.db")
        here.write_bytes(sound)
        damage(here, chance)
        reports = await works(here, broker)
        assert bool(reports) == here.with_name(f"{here.name}.corrupt-1").exists()
    for record in await read_all(broker.bootstrap):
        assert json.loads(record.body)["refrigeratorId"] == 17


async def test_fault_16_a_garbled_schema_format_is_damage(broker: MockKafka, path: Path) -> None:
    """SQLite calls it `unsupported file format`, with the code of a wrong question."""
    await filled(path)
    with path.open("r+b") as file:
        file.seek(44)
        file.write(b"\xc8\xc8\xc8\xc8")
    (report,) = await works(path, broker)
    assert "unsupported file format" in report.error


async def test_fault_16_a_write_protected_file_is_set_aside_with_its_rows_saved(
    broker: MockKafka, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await filled(path)
    connect = database_file.connect

    def as_if_protected(path: Path, size_mb: int) -> sqlite3.Connection:
        monkeypatch.setattr(database_file, "connect", connect)
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
        connection.row_factory = sqlite3.Row
        return connection

    monkeypatch.setattr(database_file, "connect", as_if_protected)
    (report,) = await works(path, broker)
    assert "it is read-only" in report.error
    assert report.rescued > 200
    async with Database(path) as database:
        rows = await database.run(lambda c: c.execute("SELECT count(*) FROM outbox").fetchone()[0])
    assert rows == 122
