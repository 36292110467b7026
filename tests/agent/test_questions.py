"""A week of shopping and cooking, and a fridge that is asked: in the end the list is right, by no touch of the page."""

import pytest

from tests.agent.program import exported, scenario, started
from tests.agent.test_demo import conforms
from tests.agent.test_goods import listed


@pytest.mark.timeout(700)  # minutes where two other tests run beside it
@pytest.mark.usefixtures("unmeasured_programs")  # measuring doubles the time; others go the same ways
async def test_after_a_week_of_cooking_and_leftovers_the_list_is_right_and_questions_were_answered() -> None:
    week = ("run", "--dry-run", "--exit-when-done", "--scenario", "week")
    async with started(*week) as program:
        assert await program.ended(patience_s=500) == 0, "\n".join(program.lines)
    text = "\n".join(program.lines)
    milk = "우유, 이천삼십년 유월 이십일일까지."
    told = ("answers: 네, 있어요. " + milk, "answers: " + milk, "answers: 급한 것은 없어요. 그래도 먼저는, ")
    assert all(answer in text for answer in told)
    assert text.count("heard “우유”") == text.count("asked whether it is “우유” again") == 1
    bodies = [one["body"] for one in await exported()]
    sent = [food["name"] for body in bodies for food in body.get("foodList", ())]
    assert sent == ["우유", "김치", "두부", "사과", "김치찌개", "잡채", "우유", "두부", "바나나"]
    removed = [body for body in bodies if "removedList" in body]
    for body in removed:
        conforms("food-removed", body)
    assert [food["name"] for body in removed for food in body["removedList"]] == ["김치", "두부", "사과", "우유"]
    assert sorted(listed()) == sorted(["잡채", "우유", "두부", "바나나"])


async def test_whoever_holds_the_button_for_five_seconds_is_told_how_the_fridge_is() -> None:
    async with started(*scenario("help"), "--exit-when-done") as program:
        assert await program.ended() in (0, 1)
    lines = [line for line in program.lines if "answers: " in line]
    assert 1 <= len(lines) <= 3, "\n".join(program.lines)
    assert not any("the person gave up" in line for line in program.lines)
