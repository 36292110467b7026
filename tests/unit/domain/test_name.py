import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.name import LONGEST, clean_name
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


@given(st.text(max_size=150))
def test_whatever_is_said_the_name_is_clean_and_stays_so(said: str) -> None:
    try:
        name = clean_name(said)
    except InvalidValue:
        return
    assert 1 <= len(name) <= LONGEST
    assert name == " ".join(name.split())
    assert unicodedata.is_normalized("NFC", name)
    assert not any(unicodedata.category(character)[0] == "C" for character in name)
    assert clean_name(name) == name


@given(HANGUL.filter(lambda food: not food.endswith(("요", "이", "다", "줘", "라", "록", "탁", "을", "를", "좀"))))
def test_a_polite_request_names_the_same_food(food: str) -> None:
    assert clean_name(f"{food} 등록해줘") == clean_name(food)


@given(HANGUL, st.integers(min_value=1, max_value=999))
def test_numbers_are_kept(food: str, count: int) -> None:
    assert str(count) in clean_name(f"{food} {count}개요")
