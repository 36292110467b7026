"""What people ask, and what they say that is no question. A Korean reader extends these tables."""

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.food_names import known_foods, korean_for
from befresh_agent.domain.food_question import FoodQuestion, QuestionKind, asked
from tests.unit.domain.test_spoken_answer import NAMES

EAT_FIRST = """
뭐 먹어야 돼?
뭐 먹어야 돼
뭐 먹어야 되
뭐먹어야돼요
뭘 먹어야 해
뭘 먼저 먹어야 돼
뭐부터 먹어야 하지
오늘 뭐 먹어야 돼
오늘 뭐 먹지
저녁에 뭐 먹을까요
그럼 뭐 먹을까
뭐 먹으면 좋을까
먼저 먹을 거
먼저 먹을 거 뭐야
먼저 먹어야 할 거 뭐 있어
제일 먼저 먹어야 하는 게 뭐예요
빨리 먹어야 할 것 알려 줘
뭐 있어?
뭐가 있나
냉장고에 뭐 있어
뭐가 제일 급해
유통기한 얼마 안 남은 거 뭐야
유통기한 임박한 거 있어
날짜 지난 거 있어
먹을 거 있어
일반 등록 뭐 먹어야 돼
What should I eat?
what should we eat first
What do I have to eat first
what's due soon
What is in the fridge?
what do we have
what to eat first
"""
IN_STOCK = """
우유 있나: 우유
우유 있나요?: 우유
우유 있니: 우유
우유 있습니까: 우유
우유는 있을까: 우유
김밥은 남았나: 김밥
혹시 우유 있나요: 우유
음 우유 있어?: 우유
우유 있어?: 우유
우유 있어요?: 우유
우유 아직 있어?: 우유
집에 계란 있어?: 계란
서울 우유 있나: 서울 우유
계란 몇 개 있어: 계란
계란 몇 개나 남았어요: 계란
우유 얼마나 남았어: 우유
우유 얼마나 있어: 우유
우유 있어 없어: 우유
오이 있나: 오이
포도 있어?: 포도
포도도 있어?: 포도
일반 등록 우유 있어?: 우유
is there milk: milk
Is there any milk left?: milk
are there eggs in the fridge: eggs
do we have milk: milk
Do we still have any kimchi?: kimchi
have we got tofu: tofu
how many eggs are left: eggs
Any milk left?: milk
"""
UNSURE = """
우유 있어: 우유
사과 주스 있어요: 사과 주스
우유 아직 있어: 우유
두부 남았어: 두부
any milk left: milk
"""
UNTIL_WHEN = """
언제까지야: -
언제까지야?: -
언제까지예요: -
언제까지지: -
이거 언제까지야: -
그건 언제까지야: -
유통기한이 언제야: -
유통기한 언제까지: -
며칠 남았어: -
우유 언제까지야: 우유
우유는 언제까지야?: 우유
우유 언제까지 먹어야 돼: 우유
우유 언제까지 먹을 수 있어: 우유
김치 언제까지 먹어도 돼: 김치
두부 유통기한 언제야: 두부
두부 유통기한이 언제까지예요: 두부
두부 유통기한 얼마나 남았어: 두부
우유 며칠 남았어: 우유
우유 언제 상해: 우유
Until when?: -
how long is the milk good: milk
how long is the milk good for: milk
How long will the tomatoes last?: tomatoes
when does the milk expire: milk
how long is it good: -
"""
NO_QUESTIONS = """
사과
어제 산 두부
먹다 남은 피자
김치찌개 남은 거
우유 있습니다
먹던 거
네
아니요
다시
몰라
없어
됐어
취소
있어
언제나 우유
아무거나
오늘의 우유
맛있는 우유
맛있어 요거트
뭐라고
milk
long beans
how now brown cow
there is milk
"""


def lines(table: str) -> list[str]:
    return table.strip().splitlines()


def pairs(table: str) -> list[tuple[str, str | None]]:
    cut = [line.rpartition(": ") for line in lines(table)]
    return [(said, None if name == "-" else name) for said, _, name in cut]


@pytest.mark.parametrize("said", lines(EAT_FIRST))
def test_what_to_eat_first(said: str) -> None:
    assert asked(said, known_foods()) == FoodQuestion(QuestionKind.EAT_FIRST)


@pytest.mark.parametrize(("said", "name"), pairs(IN_STOCK))
def test_whether_it_is_there(said: str, name: str) -> None:
    assert asked(said, known_foods()) == FoodQuestion(QuestionKind.IN_STOCK, name)


@pytest.mark.parametrize(("said", "name"), pairs(UNSURE))
def test_what_could_as_well_be_said_of_food_that_is_brought_is_not_sure(said: str, name: str) -> None:
    assert asked(said, known_foods()) == FoodQuestion(QuestionKind.IN_STOCK, name, sure=False)


@pytest.mark.parametrize(("said", "name"), pairs(UNTIL_WHEN))
def test_until_when(said: str, name: str | None) -> None:
    assert asked(said, known_foods()) == FoodQuestion(QuestionKind.UNTIL_WHEN, name)


@pytest.mark.parametrize("said", lines(NO_QUESTIONS))
def test_what_is_no_question(said: str) -> None:
    assert asked(said, known_foods()) is None


def test_no_way_to_name_a_food_is_surely_a_question() -> None:
    named = [line.rpartition(": ")[0] for line in lines(NAMES)]
    assert [said for said in named if (found := asked(said, known_foods())) and found.sure] == []


@pytest.mark.parametrize("around", ["{}", "{}요", "음 {}", "{} 등록해 줘", "{} 두 개", "{}이야", "이거 {}야"])
def test_no_known_food_is_ever_taken_for_a_question(around: str) -> None:
    everything = [*known_foods(), *korean_for()]
    assert [food for food in everything if asked(around.format(food), known_foods())] == []


def test_what_a_household_calls_its_food_is_no_question() -> None:
    assert asked("뭐 먹지", {"뭐먹지"}) is None
    assert asked("마라 있어", {"마라있어"}) is None


def test_every_known_food_can_be_asked_for() -> None:
    wrong = [
        food
        for food in known_foods()
        for said, kind in ((f"{food} 있나요", QuestionKind.IN_STOCK), (f"{food} 언제까지야", QuestionKind.UNTIL_WHEN))
        if asked(said, known_foods()) != FoodQuestion(kind, food)
    ]
    assert wrong == []


@given(st.text())
def test_anything_may_be_said(said: str) -> None:
    asked(said)


@pytest.mark.parametrize("piece", ["우유 ", "언제까지", "있어 ", "뭐 ", "혹시 ", "몇 개 ", "how long ", " "])
def test_a_flood_of_words_is_over_soon(piece: str) -> None:
    began = perf_counter()
    for count in (10, 24, 1000):
        asked((piece * count)[:4000])
    assert perf_counter() - began < 1
