import itertools
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import fmean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.domain.reading import Reading, SeriesPoint, TimeSpan
from befresh_agent.storage import history as table
from befresh_agent.storage import meta_table
from befresh_agent.storage import schema as database_schema
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import CURVES, ReadingHistory

BOX = Address("FB:89:EB:22:95:84")
OTHER_BOX = Address("00:11:22:33:44:55")
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
MONTH = TimeSpan(BEGIN.timestamp(), BEGIN.timestamp() + 30 * 86_400)


@pytest.fixture
def history(database: Database) -> ReadingHistory:
    return ReadingHistory(database)


def reading(minute: float, address: Address = BOX, temperature: float | None = 4.5) -> Reading:
    return Reading(
        address, BEGIN + timedelta(minutes=minute), Measurement(temperature, 61, 1009.8, 537, 101_700, 0), False
    )


async def keep(database: Database, readings: Iterable[Reading]) -> None:
    def work(connection: sqlite3.Connection) -> None:
        for one in readings:
            table.add(connection, one)

    await database.run(work)


async def test_a_reading_comes_back_as_it_was(database: Database, history: ReadingHistory) -> None:
    await keep(database, [reading(0), reading(10, temperature=None), reading(5, OTHER_BOX)])
    assert await history.readings(BOX, MONTH) == [reading(0), reading(10, temperature=None)]
    assert await history.everybody() == [OTHER_BOX, BOX]


async def test_nothing_is_remembered_of_a_new_fridge(history: ReadingHistory) -> None:
    assert await history.everybody() == []
    assert await history.readings(BOX, MONTH) == []
    assert await history.curves(BOX, MONTH) == dict.fromkeys(CURVES, ())


async def test_more_than_one_portion_comes_whole_and_in_order(database: Database, history: ReadingHistory) -> None:
    await keep(database, [reading(10 * n, box) for n in reversed(range(2500)) for box in (BOX, OTHER_BOX)])
    assert await history.readings(BOX, MONTH) == [reading(10 * n) for n in range(2500)]


async def test_a_month_is_drawn_in_few_points_that_hold_every_extreme(
    database: Database, history: ReadingHistory
) -> None:
    await keep(database, [reading(10 * n, temperature=3 + n % 7 / 10) for n in range(4320)])
    await keep(database, [reading(20_000, temperature=19.0)])
    curve = (await history.curves(BOX, MONTH))[Quantity.TEMPERATURE]
    assert 200 < len(curve) <= 240
    assert (min(p.low for p in curve), max(p.high for p in curve)) == (3.0, 19.0)
    assert all(before.last < after.first for before, after in itertools.pairwise(curve))


async def test_few_readings_are_drawn_one_by_one(database: Database, history: ReadingHistory) -> None:
    day = TimeSpan(MONTH.begin, MONTH.begin + 86_400)
    await keep(database, [reading(10 * n) for n in range(144)])
    curve = (await history.curves(BOX, day))[Quantity.GAS]
    assert len(curve) == 144
    assert curve[3] == SeriesPoint(day.begin + 1800, day.begin + 1800, 101_700, 101_700, 101_700)


async def test_a_value_that_was_not_read_is_no_point(database: Database, history: ReadingHistory) -> None:
    await keep(database, [reading(0), reading(10, temperature=None), reading(20)])
    curves = await history.curves(BOX, TimeSpan(MONTH.begin, MONTH.begin + 3600))
    assert [len(curves[q]) for q in (Quantity.TEMPERATURE, Quantity.HUMIDITY)] == [2, 3]


@settings(max_examples=50)
@given(
    minutes=st.lists(st.integers(0, 5000), unique=True, max_size=80).map(sorted),
    step_s=st.integers(1, 90_000),
    within=st.tuples(st.integers(0, 5000), st.integers(0, 5000)).map(sorted),
)
def test_points_sum_up_exactly_what_was_measured(minutes: list[int], step_s: int, within: list[int]) -> None:
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.row_factory = sqlite3.Row
        connection.executescript(schema())
        for minute in minutes:
            table.add(connection, reading(minute, temperature=minute / 7))
        span = TimeSpan(*(MONTH.begin + 60 * minute for minute in within))
        curve = table.curves(connection, BOX, span, step_s)[Quantity.TEMPERATURE]
    inside = [m for m in minutes if within[0] <= m < within[1]]
    portions: dict[int, list[int]] = {}
    for minute in inside:
        portions.setdefault(int(MONTH.begin + 60 * minute) // step_s, []).append(minute)
    expected = [[MONTH.begin + 60 * p[0], MONTH.begin + 60 * p[-1], p[0] / 7, p[-1] / 7] for p in portions.values()]
    assert [[p.first, p.last, p.low, p.high] for p in curve] == expected
    means = [fmean(m / 7 for m in portion) for portion in portions.values()]
    assert all(abs(p.mean - mean) < 1e-9 * (1 + mean) for p, mean in zip(curve, means, strict=True))


async def test_what_is_old_is_forgotten_and_nothing_else(database: Database, history: ReadingHistory) -> None:
    boxes = (BOX, OTHER_BOX)
    await keep(database, [reading(10 * n, box) for n in range(300) for box in boxes])
    await database.run(lambda c: meta_table.passed(c, 86_400))
    await keep(database, [reading(10 * n, box) for n in range(300, 350) for box in boxes])
    await history.prune(80_000)
    assert [len(await history.readings(box, MONTH)) for box in boxes] == [200, 200]
    for _ in range(3):
        await history.prune(80_000)
    for box in boxes:
        assert await history.readings(box, MONTH) == [reading(10 * n, box) for n in range(300, 350)]
    await database.run(lambda c: meta_table.passed(c, 86_400))
    await history.prune(80_000)
    assert await history.everybody() == []


async def test_what_was_dated_far_ahead_is_forgotten_too(database: Database, history: ReadingHistory) -> None:
    await keep(database, [reading(0), reading(20 * 365 * 1440)])
    await database.run(lambda c: meta_table.passed(c, 86_400))
    await keep(database, [reading(10 * n) for n in range(1, 200)])
    await history.prune(80_000)
    assert await history.latest() == {BOX: reading(1990).taken_at.timestamp()}


async def test_a_second_that_comes_twice_keeps_both_readings(database: Database, history: ReadingHistory) -> None:
    """The clock was put back by an hour, or a packet follows within the same second."""
    await keep(database, [reading(10 * n) for n in range(6)] * 3)
    assert len(await history.readings(BOX, MONTH)) == 18


async def test_the_oldest_day_makes_room_first(database: Database, history: ReadingHistory) -> None:
    await keep(database, [reading(10 * n) for n in range(300)] + [reading(2000, OTHER_BOX)])
    assert await database.run(table.forget_oldest) == 144
    assert (await history.readings(BOX, MONTH))[0] == reading(1440)
    assert len(await history.readings(OTHER_BOX, MONTH)) == 1
    assert [await database.run(table.forget_oldest) for _ in range(3)] == [145, 12, 0]


async def test_a_file_of_the_first_version_learns_to_remember(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, first = tmp_path / "agent.db", next(database_schema.migrations())
    monkeypatch.setattr(database_schema, "migrations", lambda: iter([first]))
    async with Database(path):
        pass
    monkeypatch.undo()
    async with Database(path) as database:
        await keep(database, [reading(0)])
        assert await ReadingHistory(database).everybody() == [BOX]
        assert database.replaced is None


async def test_what_is_remembered_is_rescued_from_a_damaged_file(tmp_path: Path) -> None:
    path = tmp_path / "agent.db"
    async with Database(path) as database:
        await keep(database, [reading(10 * n, box) for n in range(2000) for box in (BOX, OTHER_BOX)])
    pages = path.stat().st_size // 4096
    with path.open("r+b") as file:
        file.seek(4096 * (pages // 2))
        file.write(b"\xff" * 4096)
    async with Database(path) as database:
        assert database.replaced is not None
        history = ReadingHistory(database)
        first, second = [await history.readings(box, MONTH) for box in (OTHER_BOX, BOX)]
        assert first[0] == reading(0, OTHER_BOX)
        assert second[-1] == reading(19_990)
        assert 3000 < len(first) + len(second) < 4000


def schema() -> str:
    scripts = (script for _, script in database_schema.migrations())
    return "".join(scripts)


async def test_only_a_database_that_remembers_nothing_is_given_a_past(
    database: Database, history: ReadingHistory
) -> None:
    food = FoodItem(id="1", kind=FoodType.CONTAINER, name="김치", registered_at=BEGIN, address=BOX)
    for past in ([(food, [reading(0)])], [(food, [reading(9)])]):
        await database.run(partial(table.remember, past=past))
    assert [content.food for content in (await history.contents()).values()] == ["김치"]
    assert await history.latest() == {BOX: reading(0).taken_at.timestamp()}
