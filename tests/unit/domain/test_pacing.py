from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.pacing import Backoff, RetryPauses, phase_of, until_due

INTERVAL = 1800.0


@given(failures=st.integers(0, 10_000), chance=st.floats(0, 1))
def test_a_pause_is_never_longer_than_the_longest(failures: int, chance: float) -> None:
    assert 0 <= Backoff(1, 300).pause(failures, chance) <= 300


def test_the_limit_of_the_pause_doubles() -> None:
    assert [Backoff(1, 300).pause(n, 1) for n in (1, 2, 3, 9, 10)] == [1, 2, 4, 256, 300]


def test_a_device_of_our_own_is_left_alone_for_a_share_of_the_limit() -> None:
    backoff = Backoff(2, 60, least=0.5)
    assert [backoff.pause(2, chance) for chance in (0, 0.5, 1)] == [2, 3, 4]


def test_what_worked_once_begins_anew_with_a_short_pause() -> None:
    pauses = RetryPauses(Backoff(1, 300), lambda: 1.0)
    assert [pauses.failed() for _ in range(3)] == [1, 2, 4]
    pauses.worked()
    assert pauses.failures == 0
    assert pauses.failed() == 1


@given(fridge=st.integers(0, 2**40))
def test_the_phase_is_stable_and_inside_the_interval(fridge: int) -> None:
    assert 0 <= phase_of(fridge, INTERVAL) < INTERVAL
    assert phase_of(fridge, INTERVAL) == phase_of(fridge, INTERVAL)


@given(now=st.floats(0, 4e9), fridge=st.integers(0, 10**6))
def test_a_turn_comes_within_the_interval_and_on_its_phase(now: float, fridge: int) -> None:
    phase = phase_of(fridge, INTERVAL)
    wait = until_due(now, phase, INTERVAL, after_sending=False)
    assert 0 < wait <= INTERVAL
    off = (now + wait - phase) % INTERVAL
    assert min(off, INTERVAL - off) < 1e-3


@given(now=st.floats(0, 4e9), phase=st.floats(0, 1799))
def test_after_sending_neither_two_in_a_row_nor_one_left_out(now: float, phase: float) -> None:
    assert INTERVAL / 2 <= until_due(now, phase, INTERVAL, after_sending=True) <= INTERVAL * 1.5
