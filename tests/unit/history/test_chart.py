import re
from datetime import timedelta, timezone
from random import Random
from xml.etree import ElementTree

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from befresh_agent.domain.quantities import Quantity
from befresh_agent.domain.reading import SeriesPoint, TimeSpan
from befresh_agent.history.chart import ChartStyle, chart, sparkline
from befresh_agent.storage.history import CURVES

KST = timezone(timedelta(hours=9))
WEEK = TimeSpan(1_795_000_000, 1_795_000_000 + 7 * 86_400)
LOOK = ChartStyle(WEEK, gap_s=3600, zone=KST)
SVG = "{http://www.w3.org/2000/svg}"


def drawn(svg: str) -> ElementTree.Element:
    """As a browser reads it in a page."""
    return ElementTree.fromstring(svg.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1))


def path(svg: str, of: str) -> str:
    found = re.search(rf'<path {of}[^>]* d="([^"]*)"', svg)
    return found[1] if found else ""


def line(svg: str) -> str:
    return path(svg, r'class="curve" stroke="var\(--blue,#1f5a95\)" stroke-width="18"')


def steady(step_s: int = 1800, holes: tuple[int, ...] = (), spread: float = 0.0) -> list[SeriesPoint]:
    return [
        SeriesPoint(at, at, 4.5, 4.5 - spread, 4.5 + spread)
        for number, at in enumerate(range(int(WEEK.begin), int(WEEK.end), step_s))
        if number not in holes
    ]


@pytest.mark.parametrize("quantity", CURVES)
def test_a_chart_tells_what_it_shows_to_whoever_cannot_see_it(quantity: Quantity) -> None:
    root = drawn(chart(quantity, steady(), LOOK))
    named = {root.find(f"{SVG}title"), root.find(f"{SVG}desc")}
    ids = [element.get("id") for element in named if element is not None]
    assert root.get("role") == "img"
    assert sorted(filter(None, ids)) == sorted((root.get("aria-labelledby") or "").split())
    assert len(ids) == 2


def test_it_is_told_in_words() -> None:
    root = drawn(chart(Quantity.TEMPERATURE, steady(holes=(50, 51, 52)), LOOK))
    assert root.findtext(f"{SVG}title") == "Temperature, 7 days"
    assert root.findtext(f"{SVG}desc") == "from 4.5 to 4.5 °C, last 4.5 °C; 1 gaps without readings"
    korean = drawn(chart(Quantity.TEMPERATURE, steady(), ChartStyle(WEEK, gap_s=3600, language="ko")))
    assert korean.findtext(f"{SVG}desc") == "4.5~4.5 °C, 마지막 4.5 °C; 빠진 구간 없음"


def test_gaps_are_left_out_of_the_line_and_seen() -> None:
    svg = chart(Quantity.TEMPERATURE, steady(holes=(100, 101, 102, 200, 201, 202)), LOOK)
    assert line(svg).count("M") == 3
    assert path(svg, 'class="gap"').count("M") == 2
    whole = chart(Quantity.TEMPERATURE, steady(), LOOK)
    assert line(whole).count("M") == 1
    assert 'class="gap"' not in whole


def test_a_missing_half_hour_is_no_gap_where_readings_come_every_half_hour() -> None:
    assert 'class="gap"' not in chart(Quantity.TEMPERATURE, steady(holes=(100,)), LOOK)


def test_a_lone_reading_between_two_gaps_can_be_seen() -> None:
    alone = [SeriesPoint(at, at, 4.5, 4.5, 4.5) for at in (WEEK.begin + 86_400, WEEK.begin + 3 * 86_400)]
    assert re.findall(r"M\d+ \d+h1", line(chart(Quantity.TEMPERATURE, alone, LOOK))) != []


def test_what_a_point_sums_up_is_drawn_behind_the_line() -> None:
    band = r'fill="var\(--blue,#1f5a95\)"'
    assert path(chart(Quantity.TEMPERATURE, steady(spread=0.5), LOOK), band).endswith("z")
    assert path(chart(Quantity.TEMPERATURE, steady(), LOOK), band) == ""


def test_without_readings_there_is_a_chart_that_says_so() -> None:
    root = drawn(chart(Quantity.GAS, [], LOOK))
    assert root.findtext(f"{SVG}text") == "no readings"
    assert root.findtext(f"{SVG}desc") == "no readings"


def test_a_small_curve_says_what_it_shows_and_leaves_gaps_out() -> None:
    svg = sparkline(Quantity.TEMPERATURE, steady(holes=(50, 51, 52)), LOOK)
    root = drawn(svg)
    assert root.get("role") == "img"
    assert root.get("aria-label") == "Temperature, 7 days: from 4.5 to 4.5 °C, last 4.5 °C; 1 gaps without readings"
    (curve,) = [one.get("d") or "" for one in root.findall(f"{SVG}path") if one.get("class") != "gap"]
    assert curve.count("M") == 2
    assert [one.get("class") for one in root.findall(f"{SVG}path")] == ["gap", None]
    assert sparkline(Quantity.TEMPERATURE, [], LOOK) == ""


def test_gas_is_written_in_kiloohm() -> None:
    curve = [SeriesPoint(p.first, p.last, 101_700, 99_000, 120_000) for p in steady()]
    root = drawn(chart(Quantity.GAS, curve, LOOK))
    assert root.findtext(f"{SVG}desc") == "from 99.0 to 120.0 kΩ, last 101.7 kΩ; no gaps"


@pytest.mark.parametrize("quantity", CURVES)
def test_the_wildest_week_stays_small(quantity: Quantity) -> None:
    chance, low, high = Random(1), quantity.traits.low, quantity.traits.high
    step = WEEK.seconds / 240
    curve = []
    for number in range(240):
        values = sorted(chance.uniform(low, high) for _ in range(3))
        at = WEEK.begin + number * step
        curve.append(SeriesPoint(at, at + step * 0.8, values[1], values[0], values[2]))
    assert len(chart(quantity, curve, LOOK).encode()) < 8000
    holes = [point for number, point in enumerate(curve) if number % 3]
    assert len(chart(quantity, holes, ChartStyle(WEEK, gap_s=1800, language="ko")).encode()) < 8000


@pytest.mark.parametrize("quantity", CURVES)
@given(values=st.lists(st.tuples(st.floats(0, 7 * 86_400), st.floats(-1e6, 1e6), st.floats(0, 50)), max_size=40))
@example([(0.0, 1e6, 0.0), (9e4, 1e6, 1.0)])
@example([(0.0, -1e6, 0.0), (9e4, -1e6, 1.0)])
@example([(0.0, 0.0, 0.0)])
def test_whatever_was_measured_nothing_leaves_the_frame(
    quantity: Quantity, values: list[tuple[float, float, float]]
) -> None:
    curve = [
        SeriesPoint(WEEK.begin + at, WEEK.begin + at, value, value - off, value + off)
        for at, value, off in sorted(values)
    ]
    svg = chart(quantity, curve, LOOK)
    drawn(svg)
    assert "nan" not in svg
    x = y = 0
    for command, numbers in re.findall(r"([Mlh])([^Mlhz]*)", line(svg)):
        steps = [int(number) for number in re.findall(r"[+-]?\d+", numbers)]
        if command == "M":
            x, y = steps
        elif command == "l":
            for right, down in zip(steps[::2], steps[1::2], strict=True):
                assert right >= 0
                x, y = x + right, y + down
        assert 440 <= x <= 3540
        assert 100 <= y <= 1280
