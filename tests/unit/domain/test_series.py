import itertools

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.reading import TimeSpan, gaps

DAY = TimeSpan(0, 86_400)


def test_what_is_missing_at_both_ends_and_between_is_a_gap() -> None:
    assert gaps([(3600, 3600), (4200, 7200), (20_000, 80_000)], DAY, 1800) == [
        TimeSpan(0, 3600),
        TimeSpan(7200, 20_000),
        TimeSpan(80_000, 86_400),
    ]


def test_without_a_reading_everything_is_a_gap() -> None:
    assert gaps([], DAY, 1800) == [DAY]


@given(times=st.lists(st.floats(-50_000, 150_000), max_size=60).map(sorted), longest_s=st.floats(60, 50_000))
def test_gaps_are_what_no_reading_is_near(times: list[float], longest_s: float) -> None:
    found = gaps([(at, at) for at in times], DAY, longest_s)
    assert all(gap.seconds > longest_s and gap.begin >= DAY.begin and gap.end <= DAY.end for gap in found)
    assert all(before.end <= after.begin for before, after in itertools.pairwise(found))
    assert not any(gap.begin < at < gap.end for gap in found for at in times)
    covered = [DAY.begin, *(at for at in times if DAY.begin <= at <= DAY.end), DAY.end]
    long = [(a, b) for a, b in itertools.pairwise(covered) if b - a > longest_s]
    assert [(gap.begin, gap.end) for gap in found] == long
