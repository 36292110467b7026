import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.food_names import LONGEST, PATTERN, clean_name, kept_name, typed_name
from befresh_agent.domain.visible import visible_text
from befresh_agent.errors import InvalidValue

HANGUL = st.text(st.characters(min_codepoint=0xAC00, max_codepoint=0xD7A3), min_size=1, max_size=8)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("사과", "사과"),
        ("  사과 ", "사과"),
        ("사과.", "사과"),
        ("사과요", "사과"),
        ("사과 등록해줘", "사과"),
        ("사과 등록", "사과"),
        ("사과를 등록해 주세요", "사과"),
        ("사과 좀 추가해 줘요", "사과"),
        ("김을 넣어 줘", "김"),
        ("가을 등록", "가을"),
        ("사과 주세요", "사과"),
        ("우유 저장 부탁드립니다", "우유"),
        ("사과입니다", "사과"),
        ("사과예요", "사과"),
        ("계란이에요", "계란"),
        ("계란이요", "계란"),
        ("계란이예요", "계란"),
        ("계란이라고요", "계란"),
        ("사과라고요", "사과"),
        ("계란말이요", "계란말이"),
        ("겉절이요", "겉절이"),
        ("오이소박이요", "오이소박이"),
        ("냉이요", "냉이"),
        ("팽이요", "팽이"),
        ("목이요", "목이"),
        ("송이요", "송이"),
        ("XO소스", "XO소스"),
        ("오이요", "오이"),
        ("떡볶이요", "떡볶이"),
        ("떡볶이에요", "떡볶이"),
        ("계란말이입니다", "계란말이"),
        ("고구마요", "고구마"),
        ("참치마요", "참치마요"),
        ("참치마요요", "참치마요"),
        ("계란 열 개", "계란 열 개"),
        ("계란 열 개요", "계란 열 개"),
        ("포도 한 송이요", "포도 한 송이"),
        ("우유 1.5리터", "우유 1.5리터"),
        ("김치\u200b  \t 찌개\n", "김치 찌개"),
        (unicodedata.normalize("NFD", "사과요"), "사과"),
        ("Kimchi", "Kimchi"),
        ("요거트", "요거트"),
    ],
)
def test_the_bare_name_is_left(said: str, name: str) -> None:
    assert clean_name(said) == name


@pytest.mark.parametrize(
    "said", ["", "   ", "...", "\x00\x07", "등록해줘", "주세요", "\u200b", "가" * (LONGEST + 1), "가 " * 5000]
)
def test_no_name_is_invalid(said: str) -> None:
    with pytest.raises(InvalidValue):
        clean_name(said)


@pytest.mark.parametrize("of", [clean_name, typed_name])
def test_a_name_has_a_hundred_characters_and_no_more(of: Callable[[str], str]) -> None:
    assert of("김" * 100) == "김" * 100
    with pytest.raises(InvalidValue, match="100 characters, not 101"):
        of("김" * 101)


def test_hours_of_speech_are_a_name_too_long_and_cost_no_more_than_a_little() -> None:
    with pytest.raises(InvalidValue, match=r"not 1000$"):
        typed_name("가" * 1_000_000)


@pytest.mark.parametrize("food", ["가", "갃", "힣", "히"])
def test_any_syllable_may_end_a_food(food: str) -> None:
    """The first and the last of Hangul's syllables, which politeness follows as any other."""
    assert clean_name(f"{food}입니다") == food


def test_only_after_hangul_is_politeness_cut_off() -> None:
    assert clean_name("zz요") == "zz요"
    assert clean_name("7요") == "7요"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("사과 등록해줘", "사과 등록해줘"),
        ("오이요", "오이요"),
        ("  Milk \t 1.5 l\n", "Milk 1.5 l"),
        ("\u202e우유\u200b\x07", "우유"),
        (unicodedata.normalize("NFD", "김치"), "김치"),
        ("\U0001fadb", "\U0001fadb"),
        ("?", None),
        ("", None),
        ("\u200b \x1b", None),
    ],
)
def test_a_typed_name_is_kept_as_it_is_but_for_what_nobody_sees(typed: str, name: str | None) -> None:
    if name is not None:
        assert typed_name(typed) == name
    else:
        with pytest.raises(InvalidValue, match="cannot be empty"):
            typed_name(typed)


@pytest.mark.parametrize(
    ("kept", "name"),
    [
        (None, None),
        ("", None),
        (" \u200b?", None),
        (" 우유\x07 ", "우유"),
        ("가" * (LONGEST + 1), "가" * LONGEST),
        ("가" * (LONGEST - 1) + " 나", "가" * (LONGEST - 1)),
    ],
)
def test_a_name_from_before_the_rule_is_made_to_fit_it(kept: str | None, name: str | None) -> None:
    assert kept_name(kept) == name


UNSEEN = [0x00, 0x1F, 0x7F, 0x9F, 0x200B, 0x200C, 0x200E, 0x200F, 0x2028, 0x202E, 0x2060, 0x206F, 0xFEFF]


@pytest.mark.parametrize("name", ["우", "우유", "우유 1.5리터", "Milk", "xXZ", "👩\u200d🍳"])
def test_what_schemas_say_of_names_holds_for_names(name: str) -> None:
    assert re.search(PATTERN, name)
    for unseen in map(chr, UNSEEN):
        assert not any(re.search(PATTERN, wrong) for wrong in (unseen, unseen + name, name + unseen))
        assert not re.search(PATTERN, f"{name}{unseen}{name}")
    assert not any(re.search(PATTERN, wrong) for wrong in ("", " ", f" {name}", f"{name} "))


@given(st.text(max_size=150))
def test_whatever_is_said_the_name_is_clean_and_stays_so(said: str) -> None:
    try:
        name = clean_name(said)
    except InvalidValue:
        return
    assert 1 <= len(name) <= LONGEST
    assert name == " ".join(name.split())
    assert unicodedata.is_normalized("NFC", name)
    assert visible_text(name) == name
    assert clean_name(name) == name
    assert re.search(PATTERN, name)


@given(HANGUL.filter(lambda food: not food.endswith(("요", "이", "다", "줘", "라", "록", "탁", "을", "를", "좀"))))
def test_a_polite_request_names_the_same_food(food: str) -> None:
    assert clean_name(f"{food} 등록해줘") == clean_name(food)


@given(HANGUL, st.integers(min_value=1, max_value=999))
def test_numbers_are_kept(food: str, count: int) -> None:
    assert str(count) in clean_name(f"{food} {count}개요")
