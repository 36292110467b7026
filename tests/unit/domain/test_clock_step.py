from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.reading import ClockAnchor, corrected

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@given(started=st.floats(0, 1e7), passed=st.floats(0, 1e6))
def test_what_was_measured_so_long_ago_was_measured_so_long_before_now(started: float, passed: float) -> None:
    right = corrected(ClockAnchor("boot", started), ClockAnchor("boot", started + passed), NOON)

    assert right is not None
    assert abs(right - (NOON - timedelta(seconds=passed))) < timedelta(milliseconds=1)


def test_another_run_of_the_machine_cannot_be_known() -> None:
    assert corrected(ClockAnchor("yesterday", 100), ClockAnchor("today", 200), NOON) is None
    assert corrected(ClockAnchor("", 100), ClockAnchor("", 200), NOON) is None
