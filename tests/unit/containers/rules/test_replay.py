"""Which counters of an encrypted container are believed."""

from collections.abc import Iterable
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.containers.rules.broadcast_rules import COUNTER_END, IN_A_ROW, OVER_S, CounterWatch, PacketVerdict

EVERY_S = 60.0


def watch_after(counters: Iterable[int]) -> CounterWatch:
    watch = CounterWatch()
    for n, counter in enumerate(counters):
        watch.judge(counter, n * EVERY_S)
    return watch


def judged(
    watch: CounterWatch, counters: Iterable[int], begin: float = 1e6, every: float = EVERY_S
) -> list[PacketVerdict]:
    return [watch.judge(counter, begin + n * every) for n, counter in enumerate(counters)]


def test_what_goes_up_is_new_and_what_stays_is_known() -> None:
    watch = CounterWatch()
    assert judged(watch, [5, 6, 6, 9, 10_000, 2_000_000]) == [
        PacketVerdict.NEW,
        PacketVerdict.NEW,
        PacketVerdict.KNOWN,
        PacketVerdict.NEW,
        PacketVerdict.NEW,
        PacketVerdict.NEW,
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (range(154_500, 154_600), range(148, 300)),  # the battery was changed
        (range(65_500, 65_536), range(100)),  # a counter of sixteen bits has turned over
        (range(COUNTER_END - 40, COUNTER_END - 20), range(200, 400)),  # unheard while it turned over
        (range(3, 40), range(100)),
        (range(1000, 1100), range(0, 900, 7)),
    ],
)
def test_a_container_that_counts_anew_is_believed_after_some_in_a_row(before: range, after: range) -> None:
    watch = watch_after(before)
    verdicts = judged(watch, after)
    first = verdicts.index(PacketVerdict.NEW)
    assert set(verdicts[:first]) == {PacketVerdict.BACK}
    assert set(verdicts[first:]) == {PacketVerdict.NEW}
    assert IN_A_ROW <= first + 1 <= OVER_S / EVERY_S + 2


def test_a_counter_of_32_bits_turns_over_at_once() -> None:
    watch = watch_after(range(COUNTER_END - 5, COUNTER_END))
    assert set(judged(watch, range(10))) == {PacketVerdict.NEW}


@pytest.mark.parametrize("old", [[7] * 100, [7, 7, 8] * 40, [9, 8, 7] * 40, [500, 20, 900, 3] * 40])
def test_old_packets_that_are_no_count_are_never_believed(old: list[int]) -> None:
    watch = watch_after(range(1000, 1100))
    assert PacketVerdict.NEW not in judged(watch, old)


def test_a_quick_burst_of_old_packets_is_not_believed() -> None:
    watch = watch_after(range(1000, 1100))
    assert PacketVerdict.NEW not in judged(watch, range(100, 900), every=0.5)


def test_old_packets_among_new_ones_are_not_believed() -> None:
    """The container itself goes on counting: whoever sends what it recorded never gets a row."""
    watch = watch_after(range(1000, 1100))
    for n in range(200):
        assert watch.judge(500 + n, 1e6 + n * EVERY_S) is PacketVerdict.BACK
        assert watch.judge(1100 + n, 1e6 + n * EVERY_S + 1) is PacketVerdict.NEW


def test_what_was_recorded_before_the_battery_was_changed_stays_old() -> None:
    watch = watch_after(range(154_500, 154_600))
    assert PacketVerdict.NEW in judged(watch, range(30))
    last = watch.last
    assert set(judged(watch, [154_550, 90_000, 154_599], begin=2e6)) == {PacketVerdict.BACK}
    assert last is not None
    assert watch.judge(last + 1, 3e6) is PacketVerdict.NEW


def test_a_container_that_was_not_heard_for_long_after_the_change_is_believed_again() -> None:
    watch = watch_after([154_500, *range(20)])
    assert PacketVerdict.NEW in judged(watch, range(60_000, 60_050))


@given(st.lists(st.integers(0, COUNTER_END - 1), max_size=60))
def test_no_counter_is_new_twice_in_a_row(counters: list[int]) -> None:
    watch, before = CounterWatch(), None
    for n, counter in enumerate(islice(counters, 60)):
        verdict = watch.judge(counter, n * EVERY_S)
        assert (verdict is PacketVerdict.KNOWN) == (counter == before)
        before = counter if verdict is PacketVerdict.NEW else before
