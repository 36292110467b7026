import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.visible import plain, visible_text

FAMILIES = [
    "👩\u200d🍳",
    "👨\u200d👩\u200d👧\u200d👦",
    "❤\ufe0f\u200d🔥",
    "👩🏽\u200d🌾",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "🇰🇷",
    "1\ufe0f\u20e3",
    "\U0001fadb",  # a pea pod and ginger: later than this Python's Unicode
    "\U0001fada\u200d\U0001fadb",
]


def test_what_steers_a_terminal_is_written_out() -> None:
    assert visible_text("a\x1b[31m\x9b1m\x07\u202eb\ud800") == "a\\x1b[31m\\x9b1m\\x07\\u202eb\\ud800"


def test_text_stays_as_it_is_in_one_line() -> None:
    assert visible_text("김치 👩\u200d🍳 é\tx\ny") == "김치 👩\u200d🍳 é x y"


@pytest.mark.parametrize("family", FAMILIES)
def test_emoji_and_their_families_stay_whole(family: str) -> None:
    assert visible_text(family) == plain(family) == family
    assert plain(f" 밥{family}\n{family} ") == f"밥{family} {family}"


@pytest.mark.parametrize(
    "text", ["a\u200db", "\u200d🍳", "🍳\u200d", "🍳\u200d ", "\U000e0067", "🍳\U000e0067", "\ufffe"]
)
def test_what_joins_nothing_is_not_kept(text: str) -> None:
    assert all(unicodedata.category(letter) not in ("Cf", "Cn") for letter in plain(text))
    assert "\\u" in visible_text(text).lower()


@given(st.text())
def test_nothing_that_steers_gets_through(text: str) -> None:
    for shown in (visible_text(text), plain(text)):
        assert not {unicodedata.category(letter) for letter in shown} & {"Cc", "Cs", "Co", "Zl", "Zp"}
        assert not set(shown) & set("\u200b\u200e\u200f\u202a\u202e\u2066\u2069\ufeff")
    assert plain(plain(text)) == plain(text)
    plain(text).encode()  # no halves of signs
