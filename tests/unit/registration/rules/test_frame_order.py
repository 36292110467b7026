"""What frames show is told in the order in which they were taken."""

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.registration.rules.frame_order import FrameOrder


def test_what_comes_early_waits() -> None:
    order = FrameOrder[str](patience=4)
    first, second = order.take(), order.take()
    assert order.done(second, "second") == []
    assert order.done(first, "first") == ["first", "second"]


def test_a_frame_that_failed_holds_up_nobody() -> None:
    order = FrameOrder[str](patience=4)
    first, second = order.take(), order.take()
    assert order.done(second, "second") == []
    assert order.done(first, None) == ["second"]


def test_a_frame_that_takes_too_long_has_lost_its_turn() -> None:
    order = FrameOrder[int](patience=2)
    slow, *others = (order.take() for _ in range(4))
    assert [order.done(number, number) for number in others] == [[], [], others]
    assert order.done(slow, slow) == []
    assert order.done(order.take(), 9) == [9]


def test_a_frame_that_takes_as_long_as_it_may_costs_no_other_its_turn() -> None:
    for newer in range(2):
        order = FrameOrder[int](patience=2)
        slow, *others = (order.take() for _ in range(3))
        unread = [order.take() for _ in range(newer)]
        assert [order.done(number, number) for number in others] == [[], []]
        assert order.done(slow, slow) == [slow, *others]
        assert [order.done(number, number) for number in unread] == [[number] for number in unread]


@given(st.integers(1, 4), st.data())
def test_no_frame_is_told_twice_or_before_an_older_one(places: int, data: st.DataObject) -> None:
    order, told, open_frames, failed = FrameOrder[int](patience=2 * places), list[int](), list[int](), set[int]()
    taken = 0
    for _ in range(data.draw(st.integers(0, 40))):
        if len(open_frames) < places and data.draw(st.booleans()):
            open_frames.append(order.take())
            taken += 1
        elif open_frames:
            number = open_frames.pop(data.draw(st.integers(0, len(open_frames) - 1)))
            if data.draw(st.integers(0, 5)) == 0:
                failed.add(number)
            told += order.done(number, None if number in failed else number)
    for number in open_frames:
        told += order.done(number, number)
    assert told == sorted(set(told))
    assert not failed & set(told)
    if places == 1:
        assert set(told) | failed == set(range(1, taken + 1)), "one after the other, none is overtaken"
