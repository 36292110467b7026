from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.reading import TimeSpan
from befresh_agent.history.chart import axis_scale, time_marks

KST = timezone(timedelta(hours=9))
EVENING = datetime(2026, 11, 21, 18, 7, tzinfo=KST).timestamp()


@given(low=st.floats(0, 1e6), span=st.floats(0, 1e6), least=st.floats(0.5, 100))
def test_marks_are_few_round_and_around_everything(low: float, span: float, least: float) -> None:
    found = axis_scale(low, low + span, least=least, floor=0.0)
    slack = 1e-6 * (found.high - found.low)
    assert 2 <= len(found.marks) <= 5
    assert found.low - slack <= low <= low + span <= found.high + slack
    assert found.low >= 0
    written = [f"{mark:.{found.digits}f}" for mark in found.marks]
    assert len(set(written)) == len(written)
    assert [float(text) for text in written] == pytest.approx(list(found.marks), abs=slack)
    assert (found.share(found.low), found.share(found.high)) == (0, 1)


def test_a_value_that_does_not_move_lies_in_the_middle() -> None:
    found = axis_scale(4.5, 4.5, least=2)
    assert (found.low, found.high) == (3, 6)
    assert axis_scale(0, 0, least=10, floor=0).marks == (0, 5, 10)


def test_humidity_ends_at_a_hundred() -> None:
    assert axis_scale(91, 99.5, least=6, floor=0, ceiling=100).high == 100


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (3600, ["17:10", "17:20", "17:30", "17:40", "17:50", "18:00"]),
        (86_400, ["20:00", "00:00", "04:00", "08:00", "12:00", "16:00"]),
        (7 * 86_400, ["11-15", "11-16", "11-17", "11-18", "11-19", "11-20", "11-21"]),
    ],
)
def test_times_are_round_on_the_fridges_own_clock(seconds: int, written: list[str]) -> None:
    assert [text for _, text in time_marks(TimeSpan(EVENING - seconds, EVENING), KST)] == written


@given(begin=st.floats(0, 4e9), seconds=st.floats(600, 60 * 86_400))
def test_times_are_within_and_in_order_and_few(begin: float, seconds: float) -> None:
    found = [at for at, _ in time_marks(TimeSpan(begin, begin + seconds), UTC)]
    assert all(begin <= at <= begin + seconds for at in found)
    assert all(a < b for a, b in pairwise(found))
    assert len(found) <= 13
