from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.food import FoodType
from befresh_agent.domain.freshness import Freshness, standing, turn

KST = timezone(timedelta(hours=9))
MORNING = datetime(2026, 11, 21, 8, 0, tzinfo=KST)
TODAY = MORNING.date()

moments = st.integers(0, 730 * 1440).map(lambda minute: MORNING + timedelta(minutes=minute - 300 * 1440))
days = st.dates(date(2026, 1, 1), date(2028, 12, 31))
kinds = st.sampled_from(FoodType)


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
    found = standing(midnight, TODAY + timedelta(days=9), midnight + timedelta(days=after_days))
    assert (found.freshness, found.days_left, found.spent) == (freshness, left, after_days / 10)


def test_the_printed_day_still_counts() -> None:
    """Bought on its last day."""
    evening = standing(MORNING, TODAY, MORNING.replace(hour=23, minute=59))
    next_day = standing(MORNING, TODAY, MORNING + timedelta(days=1))
    assert (evening.freshness, evening.days_left) == (Freshness.CAUTION, 0)
    assert (next_day.freshness, next_day.days_left) == (Freshness.PAST, -1)


@given(use_by=days, registered_at=moments, now=moments)
def test_past_is_past_and_nothing_else_is(use_by: date, registered_at: datetime, now: datetime) -> None:
    found = standing(registered_at, use_by, now)
    assert (found.freshness is Freshness.PAST) == (now.date() > use_by or registered_at.date() > use_by)
    assert found.days_left == (use_by - now.date()).days


@given(use_by=days, registered_at=moments, now=moments, later=st.timedeltas(timedelta(0), timedelta(days=900)))
def test_food_never_gets_fresher(use_by: date, registered_at: datetime, now: datetime, later: timedelta) -> None:
    words = list(Freshness)
    before, after = standing(registered_at, use_by, now), standing(registered_at, use_by, now + later)
    assert words.index(before.freshness) <= words.index(after.freshness)
    assert before.spent <= after.spent


@given(use_by=days, registered_at=moments, now=moments)
def test_the_zone_of_the_registration_makes_no_difference(use_by: date, registered_at: datetime, now: datetime) -> None:
    assert standing(registered_at, use_by, now) == standing(registered_at.astimezone(UTC), use_by, now)


@given(kind=kinds, registered_on=days, use_by=days, other=days, today=days)
def test_what_is_to_be_used_earlier_comes_earlier(
    kind: FoodType, registered_on: date, use_by: date, other: date, today: date
) -> None:
    first, second = (turn(kind, registered_on, day, today) for day in (use_by, other))
    assert (first < second) == (use_by < other)


@given(kind=kinds, registered_on=days, older_by=st.integers(1, 400), today=days)
def test_without_a_date_the_older_comes_first(kind: FoodType, registered_on: date, older_by: int, today: date) -> None:
    older = registered_on - timedelta(days=older_by)
    assert turn(kind, older, None, today) < turn(kind, registered_on, None, today)


@given(kind=kinds, registered_on=days, use_by=st.none() | days, today=days)
def test_what_rises_is_due_today_and_never_later_than_before(
    kind: FoodType, registered_on: date, use_by: date | None, today: date
) -> None:
    calm = turn(kind, registered_on, use_by, today)
    assert turn(kind, registered_on, use_by, today, rising=True) == min(calm, today)


def test_a_fridge_in_order() -> None:
    old, new = TODAY - timedelta(days=9), TODAY - timedelta(days=1)
    foods = {
        "pear": (FoodType.GENERAL, new, None),
        "kimchi": (FoodType.CONTAINER, new, None),
        "milk": (FoodType.PACKAGED, new, TODAY + timedelta(days=2)),
        "apple": (FoodType.GENERAL, old, None),
        "tofu": (FoodType.PACKAGED, old, TODAY - timedelta(days=4)),
    }

    def order(rising: str) -> list[str]:
        return sorted(foods, key=lambda name: turn(*foods[name], TODAY, rising=name == rising))

    assert order("none") == ["tofu", "apple", "milk", "pear", "kimchi"]
    assert order("kimchi") == ["tofu", "apple", "kimchi", "milk", "pear"]
