import json
import math
from datetime import datetime

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain import stored

junk = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)


@given(junk)
def test_a_number_is_the_very_number_that_was_stored_or_none(value: object) -> None:
    number, whole = stored.number(value), stored.whole(value)
    if number is not None:
        assert isinstance(value, int | float)
        assert math.isfinite(number)
        assert number == float(value)
    if whole is not None:
        assert whole == value
    if isinstance(value, str | bytes | bool | list | dict) or value is None:
        assert number is None
        assert whole is None


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_whole_numbers_stay_exact(value: int) -> None:
    assert stored.whole(value) == value


def test_a_number_too_large_for_any_sensor_is_none() -> None:
    assert stored.number(10**400) is None
    assert stored.whole(1e300) is None
    assert stored.whole(61.0) == 61
    assert stored.whole(61.4) is None


@given(st.one_of(junk, st.datetimes().map(datetime.isoformat), st.dates().map(str)))
def test_whatever_is_stored_no_reader_fails(value: object) -> None:
    moment, day, address = stored.moment(value), stored.day(value), stored.address(value)
    assert moment is None or moment.utcoffset() is not None
    assert day is None or isinstance(value, str)
    assert address is None or len(address) == 17
    assert stored.text(value) in (None, value)


def test_a_time_needs_its_offset() -> None:
    assert stored.moment("2026-11-21T09:30:00") is None
    assert stored.moment("2026-11-21T09:30:00+09:00") == datetime.fromisoformat("2026-11-21T00:30:00Z")


@given(st.one_of(junk, st.text(alphabet='[]{}":,0eN').map(str), junk.map(repr)))
def test_a_text_that_is_no_json_says_nothing(value: object) -> None:
    found = stored.members(value)
    assert found is None or isinstance(json.loads(value), dict)  # type: ignore[arg-type]


def test_json_nested_without_end_says_nothing() -> None:
    assert stored.parsed("[" * 100_000) is None
    assert stored.parsed("1" * 5000) is None
