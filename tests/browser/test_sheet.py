"""The daily sheet, printed: one page a container, however much a day has to tell."""

import base64
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.phrase import Language
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.domain.reading import Reading, SeriesPoint, TimeSpan
from befresh_agent.domain.spoilage import parse_spoilage, spoilage_of
from befresh_agent.history.daily_sheet import SheetForm, SheetSubject, document, page
from befresh_agent.history.heat_records import HeatEstimate, HeatState
from befresh_agent.history.rules.day_record import record
from befresh_agent.history.rules.heat import HeatUse, WarmSpell
from tests.browser.driver import Browser
from tests.browser.test_looks import PICTURES

pytestmark = pytest.mark.browser

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
DAY = TimeSpan(MIDNIGHT.timestamp(), MIDNIGHT.timestamp() + 86_400)
FISH = Address("C4:5D:83:10:2A:02")
GAP_S = 1800.0
RANGE = (0.0, 10.0)
SEAL = {"day": "2026-11-20", "rows": 123_456, "head": "9f" * 32, "key": "MCowBQYDK2VwAyEA" + "k" * 44}


def readings(hours: int) -> Iterator[Reading]:
    """Too warm five times, not measured twice, the clock unset in the first hour."""
    for number in range(hours * 6):
        at, hour = MIDNIGHT + timedelta(minutes=10 * number), number // 6
        if hour in (2, 3, 14):
            continue
        celsius = 12.5 if hour in (1, 6, 9, 12, 17) and number % 6 < 3 else 4.0 + number % 5 / 10
        yield Reading(FISH, at, Measurement(celsius, 81 + number % 7, 1010.0, 540, 101_700, 3), hour > 0)


def heat(hours: int) -> HeatEstimate:
    """With every doubt that can be told."""
    known = spoilage_of("고등어", parse_spoilage({}))
    assert known is not None
    since = TimeSpan(DAY.begin - 2 * 86_400, DAY.begin + hours * 3600)
    spell = WarmSpell(TimeSpan(DAY.begin + 3600, DAY.begin + 5400), 0.4)
    return HeatEstimate(HeatState.ESTIMATED, known.model, 5.0, HeatUse(since, 2.2, 150_000, 3600), spell)


def sheet(hours: int, language: Language) -> str:
    within = TimeSpan(DAY.begin, DAY.begin + hours * 3600)
    taken = list(readings(hours))
    points = [(one.taken_at.timestamp(), one.values) for one in taken]
    curves = {
        Quantity.TEMPERATURE: [SeriesPoint(at, at, *[values.temperature or 0.0] * 3) for at, values in points],
        Quantity.HUMIDITY: [SeriesPoint(at, at, *[float(values.humidity or 0)] * 3) for at, values in points],
    }
    found = record(taken, within, allowed=RANGE, gap_s=GAP_S)
    subject = SheetSubject(FISH, "고등어, 소금에 절인 것", found, curves, heat(hours), "생선 상자 (아래 칸, 왼쪽)")
    form = SheetForm(17, DAY, RANGE, GAP_S, MIDNIGHT, language, UTC, SEAL)
    return document([page(subject, form, number) for number in (1, 2)], form)


@pytest.mark.parametrize("hours", [5, 13, 24])
@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_container_takes_one_page(browser: Browser, tmp_path: Path, hours: int, language: Language) -> None:
    file = tmp_path / "sheet.html"
    file.write_text(sheet(hours, language), encoding="utf-8")
    browser.look(800, "light")
    browser.go(file.as_uri())
    browser.photograph(PICTURES / f"sheet-{hours}-{language}.png")
    printed = base64.b64decode(browser.tell("Page.printToPDF", preferCSSPageSize=True)["data"])
    (PICTURES / f"sheet-{hours}-{language}.pdf").write_bytes(printed)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 2, "two containers"
