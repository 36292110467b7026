from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.domain.food_question import FoodQuestion, asked
from befresh_agent.domain.stock import StockFilter, StockItem, StockPage, SyncState
from befresh_agent.registration.rules.food_answers import FoodAnswers

TODAY = date(2026, 12, 1)
NOW = datetime(2026, 12, 1, 9, tzinfo=UTC)
BOX = Address("FB:89:EB:22:95:84")


def food(name: str | None, day: date | None = None, address: Address | None = None) -> StockItem:
    item = FoodItem(uuid7(NOW), FoodType.GENERAL, name, NOW, address, day)
    return StockItem(item, SyncState.SENT, name, day)


TOFU = food("두부", date(2026, 11, 30))
MILK = food("우유", TODAY)
OTHER_MILK = food("서울우유", date(2026, 12, 2))
HAM = food("햄", date(2026, 12, 4))
YOGURT = food("요구르트", date(2027, 1, 9))
APPLE = food("사과")
EVERYTHING = (TOFU, MILK, OTHER_MILK, HAM, APPLE, YOGURT)


def page(foods: Sequence[StockItem], due: int) -> StockPage:
    counts = dict.fromkeys(StockFilter, 0) | {StockFilter.ALL: len(foods), StockFilter.SOON: due}
    return StockPage(tuple(foods), len(foods), counts)


def said(text: str, foods: Sequence[StockItem] = EVERYTHING, due: int = 4) -> str:
    question = asked(text)
    assert question is not None
    return FoodAnswers(page(foods, due), TODAY, "ko", [BOX]).to(question)


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (
            "뭐 먹어야 돼?",
            "먼저 드세요. 두부, 십일월 삼십일까지였어요. 우유, 오늘까지. 서울우유, 내일까지. 그 밖에 1개 더 있어요.",
        ),
        ("우유 있어?", "네, 있어요. 우유, 오늘까지."),
        ("사과 있나요", "네, 있어요. 사과, 날짜 없음."),
        ("배 있어?", "아니요, 배 없어요."),
        ("is there milk?", "네, 있어요. 우유, 오늘까지."),
        ("햄 언제까지야?", "햄, 십이월 사일까지."),
        ("요구르트 언제까지야?", "요구르트, 이천이십칠년 일월 구일까지."),
        ("서울 우유 언제까지야", "서울우유, 내일까지."),
        ("언제까지야?", "두부, 십일월 삼십일까지였어요."),
        ("배 언제까지야?", "아니요, 배 없어요."),
    ],
)
def test_each_question_is_answered_out_of_the_list(question: str, answer: str) -> None:
    assert said(question) == answer


def test_a_part_of_a_name_stands_for_it_where_nothing_is_called_so() -> None:
    assert said("우유 있어?", [OTHER_MILK]) == "네, 있어요. 서울우유, 내일까지."


def test_nothing_due_is_said_and_so_is_an_empty_list() -> None:
    assert said("뭐 먹어야 돼?", [APPLE, YOGURT], due=0) == "급한 것은 없어요. 그래도 먼저는, 사과, 날짜 없음."
    for question in ("뭐 먹어야 돼?", "우유 있어?", "언제까지야?"):
        assert said(question, [], due=0) == "목록에 아무것도 없어요."


def test_food_whose_air_changes_and_food_without_a_name_are_told_so() -> None:
    kimchi, nameless = food("김치", None, BOX), food(None, TODAY)
    assert said("뭐 먹지", [kimchi, nameless], due=2) == "먼저 드세요. 김치, 공기가 달라짐. 이름 없는 음식, 오늘까지."


def test_it_is_answered_in_english_too() -> None:
    answers = FoodAnswers(page(EVERYTHING, 4), TODAY, "en")
    for question, answer in (
        (
            "what should I eat",
            "Eat first: 두부, past its day, November 30. 우유, until today. 서울우유, until tomorrow. And 1 more.",
        ),
        ("how long is the ham good", "햄, until December 4."),
        ("do we have beer", "No, beer is not on the list."),
    ):
        asks = asked(question)
        assert isinstance(asks, FoodQuestion)
        assert answers.to(asks) == answer
