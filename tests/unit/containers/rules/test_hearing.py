"""Who is deaf: judged by what the others hear."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.containers.rules.hearing import SURE_AFTER_S, HearingComparison

NEWS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from(["heard", "silent", "failed"])), max_size=30)


def after(news: Sequence[tuple[int, str]], radios: int = 3, every_s: float = 50) -> HearingComparison:
    compared = HearingComparison(radios)
    for number, (radio, what) in enumerate(news):
        if what == "failed":
            compared.failed(radio)
        else:
            getattr(compared, what)(radio, number * every_s)
    return compared


def test_one_alone_is_never_suspected() -> None:
    compared = after([(0, "silent")] * 100, radios=1)
    assert not compared.suspected(0)
    assert not compared.deaf(0, 1e6)


@pytest.mark.parametrize("first", ["heard", "silent"])
def test_who_hears_nobody_beside_one_that_hears_is_suspected_at_once_and_deaf_in_time(first: str) -> None:
    compared = after([(0, first), (1, "silent"), (0, "heard")])
    assert compared.suspected(1)
    assert not compared.deaf(1, 50 + SURE_AFTER_S - 1)
    assert compared.deaf(1, 50 + SURE_AFTER_S)
    assert not compared.suspected(0)


def test_where_nobody_was_heard_since_nobody_is_deaf() -> None:
    compared = after([(0, "heard"), (1, "silent")])
    assert compared.suspected(1)
    assert not compared.deaf(1, 1e6)


@pytest.mark.parametrize("then", ["silent", "failed"])
def test_a_radio_that_does_not_hear_says_nothing_about_others(then: str) -> None:
    compared = after([(1, "silent"), (0, "heard"), (0, then)])
    assert not compared.suspected(1)
    assert not compared.deaf(1, 1e6)


def test_who_hears_again_is_well() -> None:
    compared = after([(1, "silent"), (0, "heard"), (1, "heard")])
    assert not compared.suspected(1)


@given(news=NEWS)
def test_there_is_always_one_that_is_not_suspected(news: list[tuple[int, str]]) -> None:
    """So containers are always visited by somebody, whatever happened."""
    compared = after(news)
    assert not all(compared.suspected(radio) for radio in range(3))
    assert not [radio for radio in range(3) if compared.deaf(radio, 1e6) and not compared.suspected(radio)]
