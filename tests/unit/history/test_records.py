import re
import sqlite3
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement, shown
from befresh_agent.domain.reading import Reading
from befresh_agent.history.records import HistoryRecords
from befresh_agent.history.rules.trend import TrendState
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.storage import history as table
from befresh_agent.storage import meta_table
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory
from tests.unit.history.kitchen import Measure, food, inert

FISH, RICE = Address("02:00:00:00:00:01"), Address("02:00:00:00:00:02")
KST = timezone(timedelta(hours=9))
NOW = datetime(2026, 11, 21, 18, 0, tzinfo=KST)
TODAY = NOW.date()


class StoppedClock:
    def __init__(self) -> None:
        self.at = NOW

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.at.timestamp()

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody waits here")


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
def records(history: ReadingHistory, clock: StoppedClock) -> HistoryRecords:
    return HistoryRecords(history, ContainerSettings(), clock, fridge_id=17, zone=KST)


def past(address: Address, measure: Measure, *, days: float, until: datetime = NOW) -> list[Reading]:
    """What was measured every ten minutes up to a moment."""
    count = int(days * 144)
    times = (until - timedelta(minutes=10 * (count - number)) for number in range(count))
    return [Reading(address, at, measure(600 * number)) for number, at in enumerate(times)]


async def keep(database: Database, readings: Iterable[Reading]) -> None:
    def work(connection: sqlite3.Connection) -> None:
        for one in readings:
            table.add(connection, one)

    await database.run(work)


async def register(database: Database, address: Address, name: str | None, at: datetime) -> None:
    statement = "INSERT INTO items (id, session, kind, name, address, registered_at) VALUES (?, 's', 1, ?, ?, ?)"
    await database.run(lambda c: c.execute(statement, (f"{name} {at}", name, address, at.isoformat())))


async def test_the_container_whose_content_turns_is_found(database: Database, records: HistoryRecords) -> None:
    await keep(database, past(FISH, food("fish", 1), days=3) + past(RICE, inert(2), days=3))
    states = {address: found.state for address, found in (await records.trends()).items()}
    assert states == {FISH: TrendState.RISING, RICE: TrendState.STEADY}


async def test_trends_follow_what_is_measured(database: Database, records: HistoryRecords, clock: StoppedClock) -> None:
    measured = past(FISH, food("fish", 1), days=3)
    await keep(database, measured[:100])
    clock.at = measured[99].taken_at
    assert (await records.trends())[FISH].state is TrendState.STEADY
    clock.at = NOW
    assert (await records.trends())[FISH].state is TrendState.UNMEASURED
    await keep(database, measured[100:])
    assert (await records.trends())[FISH].state is TrendState.RISING
    clock.at = NOW + timedelta(hours=4)
    found = (await records.trends())[FISH]
    assert found.state is TrendState.UNMEASURED
    assert found.silent_s == pytest.approx(4 * 3600 + 600)


async def test_new_food_in_a_container_is_learned_anew(database: Database, records: HistoryRecords) -> None:
    await keep(database, past(FISH, food("fish", 1), days=3))
    await register(database, FISH, "고등어", NOW - timedelta(days=4))
    assert (await records.trends())[FISH].state is TrendState.RISING
    await register(database, FISH, "두부", NOW - timedelta(hours=2))
    assert (await records.trends())[FISH].state is TrendState.LEARNING


async def test_whoever_is_forgotten_has_no_trend(
    database: Database, history: ReadingHistory, records: HistoryRecords, clock: StoppedClock
) -> None:
    await keep(database, past(FISH, food("fish", 1), days=1))
    assert list(await records.trends()) == [FISH]
    await database.run(lambda c: meta_table.passed(c, 40 * 86_400))
    for _ in range(5):
        await history.prune(30 * 86_400)
    assert await records.trends() == {}


async def test_charts_of_an_hour_a_day_and_a_week(database: Database, records: HistoryRecords) -> None:
    await keep(database, past(FISH, food("fish", 1), days=8))
    for seconds in (3600, 86_400, 7 * 86_400):
        charts = await records.charts(FISH, seconds, "ko")
        assert tuple(charts) == shown()
        for one in charts.values():
            ElementTree.fromstring(one.svg)
            assert len(one.svg.encode()) < 8000
            assert one.extremes is not None


async def test_the_sheet_of_a_day_with_trouble(database: Database, records: HistoryRecords) -> None:
    day = datetime(2026, 11, 20, tzinfo=KST)
    measured = [
        Reading(
            FISH, day + timedelta(minutes=10 * n), Measurement(11.5 if 30 <= n < 36 else 4.0, 61, None, 537, 101_700, 3)
        )
        for n in range(144)
        if not 60 <= n < 70
    ]
    await keep(database, measured)
    await register(database, FISH, "고등어 <b>", day)
    html = await records.sheet([], day.date(), "en")
    text = re.sub(r"<[^>]+>", " ", html)
    assert "05:00 to 06:00 (60 min), at worst 11.5 °C" in text
    assert "09:50 to 11:40 (110 min)" in text
    assert "고등어 &lt;b&gt;" in html
    assert re.search(r"Readings\s+134", text)
    assert "The day is not over yet." not in text
    assert re.search(r'<th scope="row">09:00</th><td>6</td><td>4.0</td><td>61</td>', html)
    assert re.search(r'<th scope="row">10:00</th><td>0</td><td>–</td><td>–</td>', html)
    assert html.count("<svg") == 2
    assert not re.search(r"""(src|href)=|url\(|<script""", html)


async def test_every_container_has_a_page_of_its_own_in_korean(database: Database, records: HistoryRecords) -> None:
    await keep(database, past(FISH, food("fish", 1), days=1) + past(RICE, inert(2), days=1))
    html = await records.sheet([], TODAY, "ko")
    assert html.count("<section>") == 2
    assert html.count("아직 끝나지 않은 날입니다.") == 2
    assert html.count("서명") == 2
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids)) == 8


async def test_a_sheet_of_a_day_nobody_measured_says_so(records: HistoryRecords) -> None:
    html = await records.sheet([FISH], date(2026, 1, 1), "en")
    assert "00:00 to 24:00 (1440 min)" in html
    assert "Never, as far as it was measured." in html


async def test_lines_of_some_days(database: Database, records: HistoryRecords) -> None:
    await keep(database, past(FISH, inert(1), days=3) + past(RICE, inert(2), days=3))
    await register(database, RICE, "밥", NOW)
    yesterday = TODAY - timedelta(days=1)
    written = [line async for part in records.lines([], yesterday, yesterday, "csv") for line in part.splitlines()]
    assert len(written) == 1 + 2 * 144
    times = [line.split(",")[2] for line in written[1:145]]
    assert all(earlier < later for earlier, later in pairwise(times))
    assert (times[0][:16], times[-1][:16]) == ("2026-11-20T00:00", "2026-11-20T23:50")
    of_one = [line async for part in records.lines([RICE], yesterday, yesterday, "csv") for line in part.splitlines()]
    assert of_one == written[:1] + written[145:]
    assert written[-1].startswith(f"{RICE},밥,")


async def test_a_day_is_one_of_this_machines_where_no_zone_is_given(
    history: ReadingHistory, clock: StoppedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    import time

    monkeypatch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")  # as in Berlin, without asking for a list of zones
    time.tzset()
    try:
        records = HistoryRecords(history, ContainerSettings(), clock, fridge_id=None)
        spans = [records._day(date(2026, month, day)) for month, day in ((3, 29), (10, 25), (11, 21))]
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [span.seconds / 3600 for span in spans] == [23, 25, 24]
    assert spans[2].begin == datetime(2026, 11, 20, 23, tzinfo=UTC).timestamp()
