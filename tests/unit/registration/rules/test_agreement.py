from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.detection import DateSeen
from befresh_agent.registration.rules.agreement import DateAgreement, agreed_in_frame

MADE = date(2026, 11, 1)
RIGHT = date(2026, 12, 1)
WRONG = date(2028, 12, 1)


def seen(day: date, reads: int = 1, confidence: float = 0.8) -> DateSeen:
    return DateSeen(day, confidence, f"{day:%Y.%m.%d}", reads)


def told(*frames: list[DateSeen], every_s: float = 0.2, agreement: DateAgreement | None = None) -> list[date | None]:
    """What the agreement tells after each frame."""
    agreement = agreement or DateAgreement()
    answers = [agreement.add_frame(frame, number * every_s) for number, frame in enumerate(frames)]
    return [answer.date if answer else None for answer in answers]


def test_one_frame_is_not_enough_however_often_it_was_read() -> None:
    assert told([seen(RIGHT, reads=9, confidence=1.0)]) == [None]


def test_two_frames_agree() -> None:
    assert told([seen(RIGHT)], [], [seen(RIGHT)]) == [None, None, RIGHT]


def test_doubtful_readings_make_no_date() -> None:
    assert agreed_with_doubts((RIGHT, None), (None, RIGHT), (None, RIGHT)) == [None, None, None]
    assert agreed_with_doubts((RIGHT, None), (None, RIGHT), (RIGHT, None)) == [None, None, RIGHT]


def test_a_print_that_reads_differently_from_frame_to_frame_is_not_known() -> None:
    frames = (RIGHT, None), (None, WRONG), (None, MADE), (RIGHT, None), (RIGHT, None)
    assert agreed_with_doubts(*frames) == [None, None, None, None, RIGHT]


def agreed_with_doubts(*frames: tuple[date | None, date | None]) -> list[date | None]:
    """What is told after each frame, of which one showed a sure date or a doubtful one."""
    agreement, answers = DateAgreement(), []
    for number, (sure, doubtful) in enumerate(frames):
        doubt = seen(doubtful) if doubtful else None
        told_now = agreement.add_frame([seen(sure)] if sure else [], number * 0.2, doubt)
        answers.append(told_now.date if told_now else None)
    return answers


def test_an_agreed_date_is_told_as_long_as_it_is_in_view() -> None:
    assert told([seen(RIGHT)], [seen(RIGHT)], [seen(RIGHT)], []) == [None, RIGHT, RIGHT, None]


def test_frames_three_seconds_apart_agree_whatever_was_between() -> None:
    frames = [[seen(RIGHT)], *[[]] * 11, [seen(RIGHT)]]
    assert told(*frames, every_s=0.25)[-1] == RIGHT
    assert told(*frames, every_s=0.26)[-1] is None


def test_on_a_slow_machine_the_last_four_frames_are_remembered_however_long_they_took() -> None:
    assert told([seen(RIGHT)], [seen(RIGHT)], every_s=9) == [None, RIGHT]
    assert told([seen(RIGHT)], [], [], [seen(RIGHT)], every_s=9)[-1] == RIGHT
    assert told([seen(RIGHT)], [], [], [], [seen(RIGHT)], every_s=9)[-1] is None


@pytest.mark.parametrize(
    ("times", "last"),
    [
        ([1.0, 1.5, 2.0], MADE),
        ([1.0, 1.5, 1.9], None),  # not yet gone for two seconds
        ([1.0, 2.5], None),  # two frames may both be misread
        ([0.1, 0.2, 0.3, 2.0], MADE),
    ],
)
def test_a_pack_is_gone_after_three_frames_and_two_seconds_without_it(times: list[float], last: date | None) -> None:
    agreement = DateAgreement()
    agreement.add_frame([seen(RIGHT, reads=2)], 0)
    answers = [agreement.add_frame([seen(MADE)], at) for at in times]
    assert [answer and answer.date for answer in answers] == [None] * (len(times) - 1) + [last]


def test_the_later_of_two_dates_on_a_pack_is_meant() -> None:
    both = [seen(RIGHT, reads=2), seen(MADE, reads=4)]
    assert told(both, both) == [None, RIGHT]


def test_a_later_date_that_its_frame_takes_for_a_misreading_does_not_win() -> None:
    assert told([seen(RIGHT, reads=6), seen(WRONG)], [seen(RIGHT, reads=6)]) == [None, RIGHT]


def test_nothing_is_sure_while_frames_agree_on_a_later_date_that_they_take_for_a_misreading() -> None:
    frame = [seen(RIGHT, reads=6), seen(WRONG)]
    assert told(frame, frame, frame) == [None, None, None]


def test_frames_that_put_two_dates_in_either_order_mean_the_later() -> None:
    assert told([seen(MADE), seen(RIGHT)], [seen(RIGHT), seen(MADE)]) == [None, RIGHT]


def test_a_made_on_date_does_not_win_while_the_use_by_date_is_hard_to_read() -> None:
    frames = [[seen(RIGHT), seen(MADE)], [seen(MADE)], [seen(MADE)], [seen(RIGHT), seen(MADE)]]
    assert told(*frames) == [None, None, None, RIGHT]


def test_a_made_on_date_does_not_win_over_a_use_by_date_read_well_in_another_frame() -> None:
    assert told([seen(RIGHT, reads=2)], [seen(MADE)], [seen(MADE)]) == [None, None, None]


def test_a_made_on_date_alone_in_view_does_not_win_after_the_use_by_date_was_agreed_on() -> None:
    both = [seen(RIGHT), seen(MADE)]
    assert told(both, both, [seen(MADE)], [seen(MADE)]) == [None, RIGHT, None, None]


def test_a_slip_to_a_later_date_does_not_hold_up_two_right_frames() -> None:
    assert told([seen(WRONG)], [seen(RIGHT)], [seen(RIGHT)]) == [None, None, RIGHT]


def test_two_slips_among_many_right_frames_do_not_become_a_date() -> None:
    frames = [[seen(RIGHT)], [seen(RIGHT)], [seen(RIGHT)], [seen(WRONG)], [seen(WRONG)]]
    assert told(*frames) == [None, RIGHT, RIGHT, None, None]


def test_of_two_dates_read_equally_often_the_one_in_view_is_told() -> None:
    assert told([seen(RIGHT)], [seen(MADE)], [seen(RIGHT)], [seen(MADE)]) == [None, None, RIGHT, MADE]


def test_the_next_pack_may_have_an_earlier_date() -> None:
    agreement = DateAgreement()
    assert told([seen(RIGHT, reads=3)], [seen(RIGHT, reads=3)], agreement=agreement)[-1] == RIGHT
    assert agreement.add_frame([seen(MADE)], 2.0) is None
    assert agreement.add_frame([seen(MADE)], 3.0) is None
    assert agreement.add_frame([seen(MADE)], 3.5) == seen(MADE, reads=3)


def test_a_pack_that_is_gone_does_not_hold_up_the_next_for_as_long_as_it_is_remembered() -> None:
    agreement = DateAgreement(memory_s=8.0, gone_s=2.0)
    milk, juice = [[seen(RIGHT, reads=3)]] * 10, [[seen(MADE, reads=3)]] * 11
    assert told(*milk, *juice, agreement=agreement)[-3:] == [None, MADE, MADE]


def test_a_made_on_date_seen_beside_the_use_by_date_is_held_up_as_long_as_that_is_remembered() -> None:
    agreement = DateAgreement(memory_s=8.0, gone_s=2.0)
    both, made = [[seen(RIGHT), seen(MADE)]] * 10, [[seen(MADE)]] * 30
    assert set(told(*both, *made, agreement=agreement)[10:]) == {None}


def test_on_a_slow_machine_two_misread_frames_do_not_look_like_another_pack() -> None:
    agreement = DateAgreement(memory_s=8.0, gone_s=2.0)
    frames = [[seen(RIGHT)], [seen(RIGHT)], [seen(RIGHT)], [seen(WRONG)], [seen(WRONG)]]
    assert told(*frames, every_s=1.5, agreement=agreement)[-2:] == [None, None]


def test_reads_of_all_frames_and_the_best_text_are_told() -> None:
    agreement = DateAgreement()
    agreement.add_frame([seen(RIGHT, reads=2, confidence=0.6)], 0)
    assert agreement.add_frame([seen(RIGHT, reads=3, confidence=0.9)], 1) == seen(RIGHT, reads=5, confidence=0.9)


def test_forgetting_starts_over() -> None:
    agreement = DateAgreement()
    agreement.add_frame([seen(RIGHT)], 0)
    agreement.forget()
    assert agreement.add_frame([seen(RIGHT)], 0.1) is None


frames = st.lists(st.lists(st.builds(seen, st.sampled_from([MADE, RIGHT, WRONG]), st.integers(1, 4)), max_size=3))


@given(frames, st.integers(1, 4))
def test_only_what_is_in_view_and_was_read_in_enough_frames_is_told(stream: list[list[DateSeen]], need: int) -> None:
    agreement = DateAgreement(need=need, memory_s=1000)
    for number, (frame, answer) in enumerate(zip(stream, told(*stream, agreement=agreement), strict=True)):
        if answer is not None:
            assert answer in {one.date for one in frame}
            assert sum(answer in {one.date for one in past} for past in stream[: number + 1]) >= need


@given(st.permutations([seen(WRONG, reads=4), seen(RIGHT), seen(RIGHT)]))
def test_a_wrong_frame_never_wins_against_two_right_ones(stream: list[DateSeen]) -> None:
    assert WRONG not in told(*([one] for one in stream))


def test_of_one_picture_the_date_that_is_meant_is_believed_if_it_was_read_alike_twice() -> None:
    assert agreed_in_frame([seen(RIGHT, reads=2), seen(MADE, reads=5)]) == seen(RIGHT, reads=2)
    assert agreed_in_frame([seen(RIGHT, reads=3)]) == seen(RIGHT, reads=3)


def test_of_one_picture_nothing_is_sure_while_a_later_date_was_read_more_rarely() -> None:
    assert agreed_in_frame([seen(MADE, reads=8), seen(RIGHT, reads=2)]) is None
    assert agreed_in_frame([seen(RIGHT, reads=1), seen(MADE, reads=2)]) is None
    assert agreed_in_frame([seen(RIGHT)]) is None
    assert agreed_in_frame([]) is None
