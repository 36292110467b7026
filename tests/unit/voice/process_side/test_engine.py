from collections.abc import Sequence

import pytest

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.voice.process_side.interfaces import SpeechChain
from tests.unit.clocks import HandClock


class Engine:
    def __init__(self, name: str, answer: str | ListenFailure) -> None:
        self.name = name
        self._answer = answer
        self.asked = self.prepared = 0

    async def prepare(self) -> None:
        self.prepared += 1

    def release(self) -> None:
        self.prepared = 0

    async def transcribe(self, _sound: bytes, _names: Sequence[str]) -> Sequence[NameHypothesis]:
        self.asked += 1
        if isinstance(self._answer, ListenFailure):
            raise NotHeard(self._answer, "trouble")
        return [NameHypothesis(self._answer)]


async def test_the_next_one_is_asked_when_one_fails() -> None:
    dead, good = Engine("dead", ListenFailure.SERVICE), Engine("good", "사과")
    assert await SpeechChain([dead, good], HandClock()).transcribe(b"", ()) == [NameHypothesis("사과")]
    assert dead.asked == 1


async def test_what_one_does_not_understand_is_not_asked_again() -> None:
    good = Engine("good", "사과")
    with pytest.raises(NotHeard) as caught:
        await SpeechChain([Engine("deaf", ListenFailure.UNINTELLIGIBLE), good], HandClock()).transcribe(b"", ())
    assert caught.value.why is ListenFailure.UNINTELLIGIBLE
    assert good.asked == 0


async def test_when_all_fail_each_is_named_and_asking_again_is_in_vain() -> None:
    engines = SpeechChain([Engine("one", ListenFailure.SERVICE), Engine("two", ListenFailure.SERVICE)], HandClock())
    engines.check()
    for asked in (engines.transcribe(b"", ()), engines.transcribe(b"", ())):
        with pytest.raises(NotHeard, match="one: trouble; two: trouble") as caught:
            await asked
        assert caught.value.why is ListenFailure.NO_ENGINE
    with pytest.raises(NotHeard, match="one: trouble; two: trouble"):
        engines.check()


async def test_what_could_not_be_asked_rests_for_a_minute() -> None:
    clock, dead, good = HandClock(), Engine("dead", ListenFailure.SERVICE), Engine("good", "사과")
    engines = SpeechChain([dead, good], clock)
    await engines.transcribe(b"", ())
    clock.time += 59
    await engines.transcribe(b"", ())
    assert dead.asked == 1
    clock.time += 1
    await engines.transcribe(b"", ())
    assert dead.asked == 2
    engines.check()


async def test_each_is_prepared() -> None:
    one, two = Engine("one", "사과"), Engine("two", "사과")
    engines = SpeechChain([one, two], HandClock())
    await engines.prepare()
    assert (one.prepared, two.prepared) == (1, 1)
    engines.release()
    assert (one.prepared, two.prepared) == (0, 0)
