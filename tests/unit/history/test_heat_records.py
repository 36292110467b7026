import re
import sqlite3
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading, TimeSpan
from befresh_agent.domain.spoilage import MODELS
from befresh_agent.history.heat_records import HeatEstimate, HeatState, heat_sentences
from befresh_agent.history.records import HistoryRecords
from befresh_agent.history.rules.heat import HeatUse, WarmSpell
from befresh_agent.settings.model import ContainerSettings
from befresh_agent.storage import history as table
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory
from tests.unit.history.test_records import StoppedClock

BOX = Address("02:00:00:00:00:01")
KST = timezone(timedelta(hours=9))
NOW = datetime(2026, 11, 21, 18, 0, tzinfo=KST)
PUT_IN = NOW - timedelta(days=3)


def door_at_noon(at: datetime) -> float:
    return 14.0 if at.date() == NOW.date() and 12 <= at.hour < 15 else 5.0


async def fill(
    database: Database, food: str | None, celsius: Callable[[datetime], float] = door_at_noon, use_by: str | None = None
) -> None:
    def work(connection: sqlite3.Connection) -> None:
        for number in range(3 * 144 + 1):
            at = PUT_IN + timedelta(minutes=10 * number)
            table.add(connection, Reading(BOX, at, Measurement(celsius(at))))
        item = ("i", food, BOX, use_by, PUT_IN.isoformat())
        connection.execute(
            "INSERT INTO items (id, session, kind, name, address, expires_on, registered_at)"
            " VALUES (?, 's', 1, ?, ?, ?, ?)",
            item,
        )

    await database.run(work)


@pytest.fixture
def records(history: ReadingHistory) -> HistoryRecords:
    settings = ContainerSettings(spoilage={"우리 생선": "fresh-fish 6"})
    return HistoryRecords(history, settings, StoppedClock(), fridge_id=17, zone=KST)


async def the_one(records: HistoryRecords) -> HeatEstimate:
    return (await records.heat())[BOX]


async def test_a_share_of_the_days_that_a_person_knows(database: Database, records: HistoryRecords) -> None:
    await fill(database, "우리 생선")
    found = await the_one(records)
    assert found.share == pytest.approx((3 + 3 / 24 * (24**2 / 15**2 - 1)) / 6, abs=0.003)
    said = heat_sentences(found, "en", KST)
    assert said[:2] == [
        "Has used 53 % of the 6.0 days it has at 5 °C.",
        "Warm from 11:50 to 15:00: that cost 0.2 days.",
    ]
    assert "safe" not in " ".join(said)


async def test_the_day_on_the_list_says_how_long_it_keeps(database: Database, records: HistoryRecords) -> None:
    await fill(database, "고등어", lambda _: 5.0, use_by="2026-11-23")
    found = await the_one(records)
    assert found.share == pytest.approx(3 / (5 + 6 / 24), abs=0.01)


async def test_without_a_known_day_there_is_no_share(database: Database, records: HistoryRecords) -> None:
    await fill(database, "훈제연어", lambda _: 5.0)
    said = heat_sentences(await the_one(records), "en", KST)
    assert said == [
        "3.0 days in here were worth 3.0 days at 5 °C.",
        "Such estimates were off by a factor of 1.4 on average.",
    ]


@pytest.mark.parametrize(
    ("food", "celsius", "state"),
    [
        ("김치", 5.0, HeatState.UNKNOWN_FOOD),
        ("고등어", 22.0, HeatState.TOO_LITTLE),
        ("고등어", -18.0, HeatState.TOO_LITTLE),
        (None, 5.0, HeatState.EMPTY),
    ],
)
async def test_otherwise_there_is_no_figure(
    database: Database, records: HistoryRecords, food: str | None, celsius: float, state: HeatState
) -> None:
    await fill(database, food, lambda _: celsius)
    found = await the_one(records)
    assert (found.state, found.use, found.share) == (state, None, None)


async def test_it_follows_what_is_measured(database: Database, records: HistoryRecords) -> None:
    await fill(database, "우리 생선")
    before = await the_one(records)
    assert await the_one(records) is before
    later = Reading(BOX, NOW + timedelta(minutes=10), Measurement(5.0))
    await database.run(lambda c: table.add(c, later))
    after = await the_one(records)
    assert after.use is not None
    assert before.use is not None
    assert after.use.days == pytest.approx(before.use.days + 1 / 144)


async def test_the_sheet_shows_the_same_figures(database: Database, records: HistoryRecords) -> None:
    await fill(database, "우리 생선")
    html = await records.sheet([BOX], NOW.date(), "en")
    assert all(sentence in html for sentence in heat_sentences(await the_one(records), "en", KST))
    yesterday = await records.sheet([BOX], NOW.date() - timedelta(days=1), "ko")
    assert "5 °C에서 6.0일 가운데 38 %를 사용했습니다." in yesterday


def test_every_sentence_is_there_in_korean() -> None:
    day, salmon = TimeSpan(0, 86_400), MODELS["smoked-salmon"]
    use, spell = HeatUse(day, 1.2, 70_000, 7200), WarmSpell(day, 0.4)
    estimates = [
        *(HeatEstimate(state) for state in (HeatState.UNKNOWN_FOOD, HeatState.TOO_LITTLE)),
        *(HeatEstimate(HeatState.ESTIMATED, salmon, days, use, spell) for days in (None, 20)),
    ]
    english, korean = ([heat_sentences(one, language) for one in estimates] for language in ("en", "ko"))
    assert [len(said) for said in english] == [1, 1, 5, 5]
    assert [len(said) for said in korean] == [1, 1, 5, 5]
    assert all(re.search("[가-힣]", sentence) for said in korean for sentence in said)
