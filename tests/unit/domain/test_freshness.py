from datetime import UTC, date, datetime, timedelta, timezone
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.stock import SOON_DAYS, Band, Freshness, freshness_at, place

KST = timezone(timedelta(hours=9))
MORNING = datetime(2026, 11, 21, 8, 0, tzinfo=KST)
TODAY = MORNING.date()

moments = st.integers(0, 730 * 1440).map(lambda minute: MORNING + timedelta(minutes=minute - 300 * 1440))
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("after_days", "freshness", "left"),
    [
        (0, Freshness.FRESH, 9),
        (4, Freshness.FRESH, 5),
        (5, Freshness.CAUTION, 4),
        (9, Freshness.CAUTION, 0),
        (10, Freshness.PAST, -1),
    ],
)
def test_a_food_good_for_ten_days(after_days: int, freshness: Freshness, left: int) -> None:
    """Registered at midnight of the first of ten days, the last of which is printed on the pack."""
    midnight = MORNING.replace(hour=0)
    found = freshness_at(midnight, TODAY + timedelta(days=9), midnight + timedelta(days=after_days))
    assert (found.freshness, found.days_left, found.spent) == (freshness, left, after_days / 10)


def test_the_printed_day_still_counts() -> None:
    """Bought on its last day."""
    evening = freshness_at(MORNING, TODAY, MORNING.replace(hour=23, minute=59))
    next_day = freshness_at(MORNING, TODAY, MORNING + timedelta(days=1))
    assert (evening.freshness, evening.days_left) == (Freshness.CAUTION, 0)
    assert (next_day.freshness, next_day.days_left) == (Freshness.PAST, -1)


def test_a_food_is_past_from_the_stroke_of_midnight_on() -> None:
    midnight = MORNING.replace(hour=0) + timedelta(days=1)
    assert freshness_at(MORNING, TODAY, midnight).freshness is Freshness.PAST
    assert freshness_at(MORNING, TODAY, midnight - timedelta(seconds=1)).freshness is Freshness.CAUTION


@pytest.mark.parametrize("after", [timedelta(0), timedelta(hours=5), timedelta(days=3)])
def test_what_was_registered_after_its_day_is_past_from_the_start(after: timedelta) -> None:
    next_day = MORNING.replace(hour=0) + timedelta(days=1)
    found = freshness_at(next_day + after, TODAY, next_day + after)
    assert (found.freshness, found.spent) == (Freshness.PAST, 1.0)


def test_what_was_registered_in_the_last_second_of_its_day_is_fresh_in_it() -> None:
    last = MORNING.replace(hour=23, minute=59, second=59)
    assert freshness_at(last, TODAY, last).freshness is Freshness.FRESH


def test_a_clock_that_was_set_back_makes_nothing_older() -> None:
    found = freshness_at(MORNING, TODAY + timedelta(days=9), MORNING - timedelta(days=3))
    assert (found.freshness, found.spent) == (Freshness.FRESH, 0.0)


def test_the_words_are_the_backends() -> None:
    assert [str(word) for word in Freshness] == ["fresh", "caution", "past"]


@given(use_by=days, registered_at=moments, now=moments)
def test_past_is_past_and_nothing_else_is(use_by: date, registered_at: datetime, now: datetime) -> None:
    found = freshness_at(registered_at, use_by, now)
    assert (found.freshness is Freshness.PAST) == (now.date() > use_by or registered_at.date() > use_by)
    assert found.days_left == (use_by - now.date()).days


@given(use_by=days, registered_at=moments, now=moments, later=st.timedeltas(timedelta(0), timedelta(days=900)))
def test_food_never_gets_fresher(use_by: date, registered_at: datetime, now: datetime, later: timedelta) -> None:
    words = list(Freshness)
    before, after = freshness_at(registered_at, use_by, now), freshness_at(registered_at, use_by, now + later)
    assert words.index(before.freshness) <= words.index(after.freshness)
    assert before.spent <= after.spent


@given(use_by=days, registered_at=moments, now=moments)
def test_the_zone_of_the_registration_makes_no_difference(use_by: date, registered_at: datetime, now: datetime) -> None:
    assert freshness_at(registered_at, use_by, now) == freshness_at(registered_at.astimezone(UTC), use_by, now)


@given(registered_on=days, use_by=days, other=days, today=days)
def test_what_is_to_be_used_earlier_comes_earlier(registered_on: date, use_by: date, other: date, today: date) -> None:
    first, second = (place(registered_on, day, today) for day in (use_by, other))
    assert (first < second) == (use_by < other)


@given(registered_on=days, older_by=st.integers(1, 400), today=days)
def test_without_a_date_the_older_comes_first(registered_on: date, older_by: int, today: date) -> None:
    older = registered_on - timedelta(days=older_by)
    assert place(older, None, today) < place(registered_on, None, today)


@given(registered_on=days, use_by=days, age=days, today=days)
def test_what_has_no_date_comes_after_what_is_due_and_before_the_rest(
    registered_on: date, use_by: date, age: date, today: date
) -> None:
    due = (use_by - today).days <= SOON_DAYS
    assert (place(registered_on, use_by, today) < place(age, None, today)) == due


@given(registered_on=days, use_by=st.none() | days, today=days)
def test_what_rises_is_due_today_at_the_latest(registered_on: date, use_by: date | None, today: date) -> None:
    assert place(registered_on, use_by, today, rising=True) == (Band.DUE, min(use_by or today, today))


def test_a_thousand_foods_in_order() -> None:
    """Every fifth has no date; those that are due stand first by their day, whatever the others' age."""
    chance = Random(4)
    foods = [
        (
            TODAY - timedelta(days=chance.randrange(30)),
            TODAY + timedelta(days=chance.randrange(-9, 200)) if n % 5 else None,
        )
        for n in range(1000)
    ]
    ordered = sorted(foods, key=lambda food: place(food[0], food[1], TODAY))
    due = [use_by for _, use_by in foods if use_by is not None and use_by <= TODAY + timedelta(days=3)]
    undated = [since for since, use_by in foods if use_by is None]
    later = [use_by for _, use_by in foods if use_by is not None and use_by > TODAY + timedelta(days=3)]
    assert [use_by for _, use_by in ordered[: len(due)]] == sorted(due)
    assert [since for since, _ in ordered[len(due) :][: len(undated)]] == sorted(undated)
    assert [use_by for _, use_by in ordered[-len(later) :]] == sorted(later)
    assert min(len(due), len(later)) > 50
    assert len(undated) == 200
