from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.detection import Hint
from befresh_agent.domain.hints import Hints


def told(*frames: Hint | None, every_s: float = 0.5, hints: Hints | None = None) -> list[Hint | None]:
    hints = hints or Hints(after_s=2, again_s=10)
    return [hints.see(hint, number * every_s) for number, hint in enumerate(frames)]


def test_a_passing_blur_is_not_told() -> None:
    assert told(Hint.BLURRED, Hint.BLURRED, None, Hint.BLURRED, Hint.BLURRED, Hint.BLURRED) == [None] * 6


def test_what_lasts_is_told_once() -> None:
    assert told(*[Hint.TOO_DARK] * 8) == [None, None, None, None, Hint.TOO_DARK, None, None, None]


def test_it_is_told_again_after_a_while() -> None:
    answers = told(*[Hint.TOO_DARK] * 26)
    assert [number / 2 for number, answer in enumerate(answers) if answer] == [2, 12]


def test_another_trouble_takes_its_own_time() -> None:
    hints = Hints(after_s=2, again_s=0)
    assert told(Hint.TOO_DARK, Hint.TOO_DARK, Hint.BLURRED, Hint.BLURRED, hints=hints, every_s=1.5) == [
        None, None, None, None]  # fmt: skip


@given(st.lists(st.sampled_from([None, *Hint]), max_size=60))
def test_only_the_hint_of_the_frame_is_told_and_never_in_quick_succession(frames: list[Hint | None]) -> None:
    answers = told(*frames, every_s=1)
    times = [number for number, answer in enumerate(answers) if answer]
    assert all(answers[time] is frames[time] for time in times)
    assert all(later - earlier >= 10 for earlier, later in pairwise(times))
