import pytest

from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.voice.speech.engine import InOrder


class Engine:
    def __init__(self, name: str, answer: str | Unheard) -> None:
        self.name = name
        self._answer = answer
        self.asked = 0

    async def text(self, sound: bytes) -> str:
        self.asked += 1
        if isinstance(self._answer, Unheard):
            raise NotHeard(self._answer, "trouble")
        return self._answer


async def test_the_next_one_is_asked_when_one_fails() -> None:
    dead, good = Engine("dead", Unheard.SERVICE), Engine("good", "사과")
    assert await InOrder([dead, good]).text(b"") == "사과"
    assert dead.asked == 1


async def test_what_one_does_not_understand_is_not_asked_again() -> None:
    good = Engine("good", "사과")
    with pytest.raises(NotHeard) as caught:
        await InOrder([Engine("deaf", Unheard.UNINTELLIGIBLE), good]).text(b"")
    assert caught.value.why is Unheard.UNINTELLIGIBLE
    assert good.asked == 0


async def test_when_all_fail_each_is_named() -> None:
    with pytest.raises(NotHeard, match="one: trouble; two: trouble") as caught:
        await InOrder([Engine("one", Unheard.SERVICE), Engine("two", Unheard.SERVICE)]).text(b"")
    assert caught.value.why is Unheard.SERVICE
