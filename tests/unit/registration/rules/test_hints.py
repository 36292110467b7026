from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.detection import ViewHint
from befresh_agent.registration.rules.in_view import HintFilter, SpellingHint


def told(*frames: ViewHint | None, every_s: float = 0.5, hints: HintFilter | None = None) -> list[ViewHint | None]:
    hints = hints or HintFilter(after_s=2, again_s=10)
    return [hints.feed(hint, number * every_s) for number, hint in enumerate(frames)]


def test_a_passing_blur_is_not_told() -> None:
    assert (
        told(ViewHint.BLURRED, ViewHint.BLURRED, None, ViewHint.BLURRED, ViewHint.BLURRED, ViewHint.BLURRED)
        == [None] * 6
    )


def test_what_lasts_is_told_once() -> None:
    assert told(*[ViewHint.TOO_DARK] * 8) == [None, None, None, None, ViewHint.TOO_DARK, None, None, None]


def test_it_is_told_again_after_a_while() -> None:
    answers = told(*[ViewHint.TOO_DARK] * 26)
    assert [number / 2 for number, answer in enumerate(answers) if answer] == [2, 12]


def test_another_trouble_takes_its_own_time() -> None:
    hints = HintFilter(after_s=2, again_s=0)
    assert told(ViewHint.TOO_DARK, ViewHint.TOO_DARK, ViewHint.BLURRED, ViewHint.BLURRED, hints=hints, every_s=1.5) == [
        None, None, None, None]  # fmt: skip


@given(st.lists(st.sampled_from([None, *ViewHint]), max_size=60))
def test_only_the_hint_of_the_frame_is_told_and_never_in_quick_succession(frames: list[ViewHint | None]) -> None:
    answers = told(*frames, every_s=1)
    times = [number for number, answer in enumerate(answers) if answer]
    assert all(answers[time] is frames[time] for time in times)
    assert all(later - earlier >= 10 for earlier, later in pairwise(times))


def test_a_spelling_that_is_off_is_told_once_when_three_frames_showed_it() -> None:
    hint = SpellingHint()
    shown = ["Y.M", None, "auto", "Y.M", None, "Y.M", "Y.M", "auto", "auto"]
    assert [hint.see(way) for way in shown] == [None, None, None, None, None, "Y.M", None, None, None]
