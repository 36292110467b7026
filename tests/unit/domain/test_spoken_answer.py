from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.food_names import LONGEST, known_foods, korean_for
from befresh_agent.domain.spoken_answer import SpokenAnswer, SpokenIntent, understand

# What people say, and what they mean. A Korean reader extends this table.
NAMES = """
사과: 사과
음 사과요: 사과
어 우유: 우유
그 두부: 두부
저기 계란이요: 계란
에 그러니까 상추: 상추
이거 우유야: 우유
이거는 당근이야: 당근
이건 고등어: 고등어
얘는 시금치: 시금치
이게 오이야: 오이
두부인데: 두부
두부인데요: 두부
사과다: 사과
사과임: 사과
우유지: 우유
우유예여: 우유
신라면인데: 신라면
불닭볶음면이야: 불닭볶음면
우유라고 등록해줘: 우유
우유로 등록해 줘: 우유
우유로 해줘: 우유
이거 우유로 저장해: 우유
대파로 저장해 줘: 대파
일반 등록 우유: 우유
우유 일반 등록: 우유
김치 넣을게: 김치
김치 넣었어: 김치
김치 넣어 주세요: 김치
사과 주스 있어요: 사과 주스
사과 주스 좀: 사과 주스
어제 산 두부: 두부
엄마가 준 김치: 김치
할머니가 담근 된장: 된장
새로 산 간장: 간장
먹다 남은 피자: 피자
김치찌개 남은 거: 김치찌개
사과랑 배: 사과, 배
감자와 양파: 감자, 양파
우유 그리고 계란: 우유, 계란
바나나하고 포도: 바나나, 포도
사과 배: 사과, 배
상추랑 깻잎 등록해줘: 상추, 깻잎
아니 우유 말고 두유: 두유
우유 우유: 우유
우유에요 우유: 우유
우유, 우유: 우유
우유 두 개: 우유 두 개
삼겹살 600g: 삼겹살 600g
계란 열 개요: 계란 열 개
milk: 우유
Apple: 사과
치즈 cheese: 치즈
토마토 소스예요: 토마토 소스
두부 김치: 두부 김치
가지: 가지
가지야: 가지
묵은지: 묵은지
단무지요: 단무지
떡볶이야: 떡볶이
계란말이야: 계란말이
오이요: 오이
마요네즈요: 마요네즈
호박전: 호박전
유자차로 해: 유자차
"""


@pytest.mark.parametrize(("said", "meant"), [line.split(": ") for line in NAMES.strip().splitlines()])
def test_the_wanted_names_are_understood(said: str, meant: str) -> None:
    assert understand(said) == SpokenAnswer(SpokenIntent.NAME, tuple(meant.split(", ")))


@pytest.mark.parametrize(
    ("said", "intent"),
    [
        ("취소", SpokenIntent.CANCEL),
        ("취소해 줘", SpokenIntent.CANCEL),
        ("다시", SpokenIntent.AGAIN),
        ("다시 할게요", SpokenIntent.AGAIN),
        ("잠깐만", SpokenIntent.AGAIN),
        ("몰라", SpokenIntent.LEAVE_UNNAMED),
        ("됐어", SpokenIntent.LEAVE_UNNAMED),
        ("없어요", SpokenIntent.LEAVE_UNNAMED),
        ("어", SpokenIntent.UNCLEAR),
        ("음...", SpokenIntent.UNCLEAR),
        ("네", SpokenIntent.YES),
        ("네, 맞아요!", SpokenIntent.YES),
        ("응 맞아", SpokenIntent.YES),
        ("Yes, right.", SpokenIntent.YES),
        ("아니요", SpokenIntent.NO),
        ("아니, 아니야", SpokenIntent.NO),
        ("no", SpokenIntent.NO),
        ("아니 취소", SpokenIntent.CANCEL),
        ("뭐라고", SpokenIntent.UNCLEAR),
        ("5", SpokenIntent.UNCLEAR),
        ("시청해주셔서 감사합니다.", SpokenIntent.UNCLEAR),
        ("(음악)", SpokenIntent.UNCLEAR),
        ("등록해줘", SpokenIntent.UNCLEAR),
        ("", SpokenIntent.UNCLEAR),
    ],
)
def test_what_is_no_food_is_registered_as_none(said: str, intent: SpokenIntent) -> None:
    assert understand(said) == SpokenAnswer(intent)


def test_what_this_household_calls_its_food_is_known() -> None:
    assert understand("할머니표 양념이야").names == ("할머니표 양념",)
    assert understand("마라지", ["마라"]).names == ("마라",)
    assert understand("마라지").names == ("마라지",)


@given(st.sampled_from(sorted(known_foods())))
def test_every_known_food_is_itself(food: str) -> None:
    assert understand(food).names == (food,)


@given(
    st.sampled_from(sorted(known_foods())),
    st.sampled_from(["음 {}", "이거 {}", "{} 등록해줘", "{} 넣을게", "아니 무지개 말고 {}", "{}, {}"]),
)
def test_what_surrounds_a_known_food_does_not_change_it(food: str, around: str) -> None:
    assert understand(around.format(food, food)).names == (food,)


@given(st.sampled_from(sorted(korean_for())))
def test_english_words_are_known(word: str) -> None:
    assert understand(word.title()).names == (korean_for()[word],)


@given(st.text(max_size=200) | st.text("사과배우유랑와로야다 ,.취소", max_size=80))
def test_any_answer_gives_clean_names_or_none(said: str) -> None:
    answer = understand(said)
    assert (answer.intent is SpokenIntent.NAME) == bool(answer.names)
    assert all(1 <= len(name) <= LONGEST and name == name.strip() for name in answer.names)


@pytest.mark.parametrize(
    "said", ["음 " * 50_000, "사과랑 " * 20_000, "가" * 100_000, "(" * 50_000, "로 등록 " * 20_000]
)
def test_hostile_answers_take_linear_time(said: str) -> None:
    began = perf_counter()
    understand(said)
    assert perf_counter() - began < 20, "quadratic time would take minutes"
