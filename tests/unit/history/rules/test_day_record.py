from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.domain.reading import Reading, TimeSpan
from befresh_agent.history.rules.day_record import DayRecord, RangeExcursion, ValueExtremes, record

MIDNIGHT = datetime(2026, 11, 21, tzinfo=UTC)
ZERO = MIDNIGHT.timestamp()
DAY = TimeSpan(ZERO, ZERO + 86_400)


def reading(minute: float, temperature: float | None = 4.0, *, synced: bool = True) -> Reading:
    at = MIDNIGHT + timedelta(minutes=minute)
    return Reading(Address("FB:89:EB:22:95:84"), at, Measurement(temperature, 60, None, None, 101_700, 3), synced)


def of(readings: list[Reading], within: TimeSpan = DAY) -> DayRecord:
    return record(readings, within, allowed=(0, 10), gap_s=1800)


def span(begin: float, end: float) -> TimeSpan:
    return TimeSpan(ZERO + 60 * begin, ZERO + 60 * end)


def test_a_whole_day_without_trouble() -> None:
    found = of([reading(10 * n, 3 + n % 3) for n in range(144)])
    assert (found.count, found.unset) == (144, 0)
    assert found.extremes[Quantity.TEMPERATURE] == ValueExtremes(3, 4, 5)
    assert Quantity.PRESSURE not in found.extremes
    assert (found.excursions, found.missing) == ((), ())
    assert [hour.count for hour in found.hours] == [6] * 24
    assert found.hours[5].begin == ZERO + 5 * 3600


def test_too_warm_lasts_until_it_is_seen_to_be_right_again() -> None:
    warm = {10: 10.5, 11: 12.0, 12: 11.0, 40: -1.0}
    found = of([reading(10 * n, warm.get(n, 4.0)) for n in range(144)])
    assert found.excursions == (RangeExcursion(span(100, 130), 12.0), RangeExcursion(span(400, 410), -1.0))


def test_both_ends_of_the_range_are_right() -> None:
    assert of([reading(0, 0.0), reading(10, 10.0), reading(20, 10.01)]).excursions == (
        RangeExcursion(span(20, 20), 10.01),
    )


def test_of_a_gap_nothing_is_claimed() -> None:
    found = of([reading(0, 12.0), reading(10, 12.5), reading(300, 12.0), reading(310, 4.0)])
    assert found.excursions == (RangeExcursion(span(0, 10), 12.5), RangeExcursion(span(300, 310), 12.0))
    assert found.missing == (span(10, 300), span(310, 1440))


def test_a_day_without_readings_is_one_gap() -> None:
    found = of([])
    assert (found.count, found.extremes, found.missing) == (0, {}, (DAY,))


def test_of_a_day_that_is_not_over_only_what_is_over_counts() -> None:
    found = of([reading(10 * n) for n in range(144)], TimeSpan(ZERO, ZERO + 3.5 * 3600))
    assert (found.count, len(found.hours)) == (21, 4)
    assert found.missing == ()


def test_readings_under_a_clock_that_was_not_set_are_counted() -> None:
    assert of([reading(0, synced=False), reading(10)]).unset == 1


@given(
    measured=st.dictionaries(st.integers(0, 1439), st.none() | st.floats(-40, 85), max_size=60).map(
        lambda found: sorted(found.items())
    )
)
def test_every_reading_outside_lies_in_exactly_one_excursion(measured: list[tuple[int, float | None]]) -> None:
    found = of([reading(minute, value) for minute, value in measured])
    for minute, value in measured:
        at = ZERO + 60 * minute
        begun = [e for e in found.excursions if e.span.begin <= at <= e.span.end]
        if value is not None and not 0 <= value <= 10:
            assert len(begun) == 1
            assert abs(begun[0].worst - 5) >= abs(value - 5)
        elif value is not None:
            assert all(at == excursion.span.end for excursion in begun)
    assert all(a.span.end <= b.span.begin for a, b in pairwise(found.excursions))
    assert sum(hour.count for hour in found.hours) == found.count == len(measured)
