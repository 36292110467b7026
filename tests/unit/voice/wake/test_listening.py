"""What is almost the wake phrase is told, once, when nothing more has come of it; other words are not."""

import pytest

from befresh_agent.voice.wake.heads import load_head
from befresh_agent.voice.wake.listening import HeadListener
from befresh_agent.voice.wake.shipped import FILE
from tests.spoken import frames, quiet, spoken


def heard(sound: bytes) -> tuple[int, int]:
    """How often it woke, and how often it almost did."""
    doubts: list[None] = []
    listener = HeadListener([load_head(FILE)], lambda: doubts.append(None))
    return sum(map(listener.detects, frames(sound + quiet(2)))), len(doubts)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (("일반 등록", "ko+m4", 140, 55), (1, 0)),
        (("일반 등록", "ko+m2", 100, 40), (0, 1)),
        (("two bottles of water", "en-us", 150, 50), (0, 0)),
    ],
)
def test_almost_is_told_once_and_only_where_nothing_woke(
    text: tuple[str, str, int, int], expected: tuple[int, int]
) -> None:
    assert heard(spoken(*text)) == expected
