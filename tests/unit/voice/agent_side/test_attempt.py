import asyncio

import pytest

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.voice.agent_side.voice_server import ListenAttempt


async def test_an_attempt_is_answered_once() -> None:
    attempt = ListenAttempt()
    number, answer = attempt.begin()
    attempt.heard(number, [NameHypothesis("사과")])
    attempt.missed(number, ListenFailure.SILENCE, "")
    assert await answer == [NameHypothesis("사과")]


async def test_an_earlier_answer_comes_too_late() -> None:
    attempt = ListenAttempt()
    early, _ = attempt.begin()
    attempt.missed(early, ListenFailure.SILENCE, "")
    number, answer = attempt.begin()
    attempt.heard(early, [NameHypothesis("배")])
    attempt.heard(number, [NameHypothesis("사과")])
    assert await answer == [NameHypothesis("사과")]


async def test_a_new_attempt_ends_the_one_before() -> None:
    attempt = ListenAttempt()
    _, first = attempt.begin()
    attempt.begin()
    with pytest.raises(NotHeard) as caught:
        await first
    assert caught.value.why is ListenFailure.CANCELLED


async def test_an_answer_to_a_cancelled_attempt_is_nothing() -> None:
    attempt = ListenAttempt()
    number, answer = attempt.begin()
    answer.cancel()
    attempt.heard(number, [NameHypothesis("사과")])
    attempt.end(ListenFailure.SERVICE, "gone")
    with pytest.raises(asyncio.CancelledError):
        await answer


async def test_ending_nothing_is_nothing() -> None:
    attempt = ListenAttempt()
    attempt.end(ListenFailure.SERVICE, "gone")
    number, answer = attempt.begin()
    attempt.heard(number, [NameHypothesis("사과")])
    assert await answer == [NameHypothesis("사과")]
