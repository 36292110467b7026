"""Asking the fridge, from the wake phrase to the spoken answer, on a real store."""

import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import ContainerSeen
from befresh_agent.domain.events import QuestionAnswered, SessionClosed
from befresh_agent.domain.trigger import Press, WakeWord
from befresh_agent.errors import StoreBusy
from tests.unit.registration.conftest import Stage

KIMCHI = ContainerSeen(Address("FB:89:EB:22:95:84"))


def answers(stage: Stage) -> list[str]:
    return [event.answer for event in stage.told if isinstance(event, QuestionAnswered)]


async def opened(stage: Stage, press: Press = Press.SHORT) -> None:
    stage.do(press)
    await stage.cue(Cue.TAKE_OUT if press is Press.DOUBLE else Cue.ON)


async def called(stage: Stage, *sayings: str) -> None:
    stage.voice.answers = [*sayings]
    stage.do(WakeWord())


async def closed(stage: Stage) -> None:
    stage.do(Press.SHORT)
    await stage.until(lambda: stage.registration.live is None)


async def test_a_question_behind_the_wake_phrase_is_answered_and_registers_nothing(spoken_stage: Stage) -> None:
    stage = spoken_stage
    await stage.stock.add("우유")
    await opened(stage)
    for count, (question, answer) in enumerate(
        {
            "우유 있어": "네, 있어요. 우유, 날짜 없음.",
            "언제까지야?": "우유, 날짜 없음.",
            "뭐 먹어야 돼": "급한 것은 없어요. 그래도 먼저는, 우유, 날짜 없음.",
            "두부 있나요": "아니요, 두부 없어요.",
        }.items(),
        1,
    ):
        await called(stage, question)
        await stage.until(lambda count=count: len(answers(stage)) == count)  # type: ignore[misc]
        assert answers(stage)[-1] == answer
    await closed(stage)
    assert stage.speaker.said == answers(stage)
    assert stage.kept() == ["우유"]
    assert [event.items for event in stage.told if isinstance(event, SessionClosed)] == [0]


async def test_food_behind_the_wake_phrase_is_registered_as_ever(spoken_stage: Stage) -> None:
    await opened(spoken_stage)
    await called(spoken_stage, "사과")
    await spoken_stage.cue(Cue.REGISTERED)
    await called(spoken_stage, "언제까지야")
    await spoken_stage.until(lambda: bool(answers(spoken_stage)))
    assert answers(spoken_stage) == ["사과, 날짜 없음."], "what was spoken of last"
    assert spoken_stage.kept() == ["사과"]


async def test_whoever_asks_with_food_in_hand_is_answered_and_asked_for_its_name_again(spoken_stage: Stage) -> None:
    stage = spoken_stage
    await opened(stage)
    stage.voice.answers = ["뭐 먹어야 돼", "김치 있어"]
    stage.brain.shown = (KIMCHI,)
    await stage.cue(Cue.REGISTERED)
    assert answers(stage) == ["목록에 아무것도 없어요."]
    assert stage.kept() == ["김치"], "with food in hand, 김치 있어 is its name"


async def test_while_food_is_taken_out_questions_take_nothing(spoken_stage: Stage) -> None:
    stage = spoken_stage
    await stage.stock.add("우유")
    stage.voice.answers = ["우유 있어", "언제까지야", "우유"]
    await opened(stage, Press.DOUBLE)
    await stage.cue(Cue.TAKEN_OUT)
    assert answers(stage) == ["네, 있어요. 우유, 날짜 없음.", "우유, 날짜 없음."]


async def test_a_list_that_cannot_be_read_is_said(spoken_stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    async def refuse(*_: object, **__: object) -> None:
        raise StoreBusy("another has it")

    monkeypatch.setattr(spoken_stage.stock, "page", refuse)  # the disk is hardware
    await opened(spoken_stage)
    await called(spoken_stage, "우유 있어?")
    await spoken_stage.until(lambda: bool(answers(spoken_stage)))
    assert answers(spoken_stage) == ["지금은 목록을 볼 수 없어요."]


async def test_where_only_tones_sound_a_question_is_not_understood_and_is_no_food(stage: Stage) -> None:
    await opened(stage)
    await called(stage, "뭐 먹어야 돼?", "언제까지야", "우유 있어?")
    await stage.cue(Cue.UNNAMED)
    assert stage.cues.count(Cue.UNINTELLIGIBLE) == 3
    assert (stage.kept(), stage.speaker.said) == ([None], [])
    await called(stage, "우유 있어")
    await stage.cue(Cue.REGISTERED)
    assert stage.kept() == [None, "우유"]


async def test_held_longer_without_a_session_it_asks_for_help_and_after_a_cancelling_it_does_not(stage: Stage) -> None:
    for trigger in (Press.HOLD, Press.HELP):
        stage.do(trigger)
    await stage.until(lambda: stage.helped == 1)
    await opened(stage)
    stage.do(Press.HOLD)
    await stage.cue(Cue.CANCELLED)
    stage.do(Press.HELP)
    await stage.until(lambda: stage.registration.live is None)
    stage.do(Press.SHORT)
    await stage.cue(Cue.ON, 2)
    assert stage.helped == 1
