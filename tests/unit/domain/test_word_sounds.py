"""Words as they sound, and how far they are from each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.food_names import known_foods
from befresh_agent.domain.word_sounds import distance, sounds

FOODS = st.sampled_from(sorted(known_foods()))
WORDS = st.text(st.characters(min_codepoint=ord("가"), max_codepoint=ord("힣")), min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("떡국", "떡꾹"),
        ("국물", "궁물"),
        ("닭이", "달기"),
        ("같이", "가치"),
        ("좋아", "조아"),
        ("옥수수", "옥쑤수"),
        ("설날", "설랄"),
        ("음료", "음뇨"),
        ("앓다", "알타"),
        ("값이", "갑시"),
        ("입학", "이팍"),
        ("게", "개"),
        ("밥 솥", "밥솟"),
    ],
)
def test_what_is_written_otherwise_sounds_alike(written: str, said: str) -> None:
    assert distance(sounds(written), sounds(said)) < 0.12


@pytest.mark.parametrize(
    ("heard", "meant", "other"),
    [
        ("고등아", "고등어", "고구마"),
        ("상출", "상추", "부추"),
        ("감차", "감자", "과자"),
        ("단근", "당근", "달걀"),
        ("aple", "apple", "milk"),
    ],
)
def test_what_sounds_nearly_alike_is_nearer_than_the_rest(heard: str, meant: str, other: str) -> None:
    assert distance(sounds(heard), sounds(meant)) < 0.15 < distance(sounds(heard), sounds(other))


@given(WORDS, WORDS)
def test_a_distance_is_the_same_both_ways_and_nothing_only_between_what_sounds_alike(one: str, other: str) -> None:
    there, back = distance(sounds(one), sounds(other)), distance(sounds(other), sounds(one))
    assert there == pytest.approx(back)
    assert 0 <= there <= 1
    assert (there == 0) == (sounds(one) == sounds(other))


@given(FOODS, FOODS, st.floats(0.05, 0.6))
def test_a_limit_only_saves_time(one: str, other: str, limit: float) -> None:
    whole = distance(sounds(one), sounds(other))
    limited = distance(sounds(one), sounds(other), limit)
    assert limited == pytest.approx(whole) or (limited == 1 and whole >= limit)


@given(st.text(max_size=30))
def test_any_text_has_sounds(text: str) -> None:
    assert all(not sound.isspace() for sound in sounds(text))
    assert distance("", sounds(text)) == 1
