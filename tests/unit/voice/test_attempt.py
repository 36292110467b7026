import asyncio

import pytest

from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.voice.attempt import Attempt


async def test_an_attempt_is_answered_once() -> None:
    attempt = Attempt()
    number, answer = attempt.begin()
    attempt.heard(number, "사과")
    attempt.missed(number, Unheard.SILENCE, "")
    assert await answer == "사과"


async def test_an_earlier_answer_comes_too_late() -> None:
    attempt = Attempt()
    early, _ = attempt.begin()
    attempt.missed(early, Unheard.SILENCE, "")
    number, answer = attempt.begin()
    attempt.heard(early, "배")
    attempt.heard(number, "사과")
    assert await answer == "사과"


async def test_a_new_attempt_ends_the_one_before() -> None:
    attempt = Attempt()
    _, first = attempt.begin()
    attempt.begin()
    with pytest.raises(NotHeard) as caught:
        await first
    assert caught.value.why is Unheard.CANCELLED


async def test_an_answer_to_a_cancelled_attempt_is_nothing() -> None:
    attempt = Attempt()
    number, answer = attempt.begin()
    answer.cancel()
    attempt.heard(number, "사과")
    attempt.end(Unheard.SERVICE, "gone")
    with pytest.raises(asyncio.CancelledError):
        await answer


def test_ending_nothing_is_nothing() -> None:
    Attempt().end(Unheard.SERVICE, "gone")
