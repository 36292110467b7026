import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.short_ids import matching, shortest, the_one
from befresh_agent.errors import InvalidValue

IDS = ["01a22bbd-02c9-775a-96bb-498f0012ab34", "01a22bbd-02c9-7000-96bb-498f0012ab34", "01a3"]


def test_capitals_and_dashes_do_not_matter() -> None:
    assert matching("01A22BBD02C977", IDS) == IDS[:1]
    assert matching("01a2-2", IDS) == IDS[:2]
    assert matching("-", IDS) == matching("", IDS) == matching("1a3", IDS) == []


def test_one_that_is_called_exactly_so_counts_alone() -> None:
    assert matching("fish", ["fish", "fishcake"]) == ["fish"]


def test_several_are_listed_whole() -> None:
    with pytest.raises(InvalidValue, match=f"2 items begin with 01a22: {IDS[0]}, {IDS[1]}; type more of it"):
        the_one("01a22", IDS, "item")
    with pytest.raises(InvalidValue, match="a7 and 2 more"):
        the_one("a", [f"a{n}" for n in range(10)], "item")
    assert the_one("x", IDS, "item") is None


@given(st.lists(st.uuids().map(str), min_size=1, max_size=20, unique=True))
def test_what_is_shown_is_enough_to_type(ids: list[str]) -> None:
    for one, short in shortest(ids).items():
        assert the_one(short, ids, "item") == one
        assert one.startswith(short)
        assert len(short) >= 8
