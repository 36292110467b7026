"""The ear with a microphone that the test plays; SpeechRecognition finds the phrases for real."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Self

import pytest

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.errors import DeviceError
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.voice.process_side.interfaces import ListenerCallbacks, SpeechChain, WakeDetector
from befresh_agent.voice.process_side.listener import MicrophoneListener
from befresh_agent.voice.wake.detectors import WakeWatcher
from tests.spoken import HALF_A_SECOND, frames, quiet, spoken
from tests.unit.clocks import HandClock

WAKE = b"\x01\x02" * 512


class PlayedMicrophone:
    """Brings what the test plays, frame by frame; breaks when it plays an error."""

    def __init__(self) -> None:
        self.missing = ""
        self.opened = self.closed = 0
        self._played: asyncio.Queue[bytes | DeviceError] = asyncio.Queue()

    def __call__(self) -> Self:
        return self

    async def __aenter__(self) -> Self:
        if self.missing:
            raise DeviceError(self.missing)
        self.opened += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.closed += 1

    async def frame(self) -> bytes:
        played = await self._played.get()
        if isinstance(played, DeviceError):
            raise played
        return played

    async def play(self, *sounds: bytes) -> None:
        for sound in sounds:
            for frame in frames(sound):
                self._played.put_nowait(frame)
        while not self._played.empty():
            await asyncio.sleep(0)
        await asyncio.sleep(0)

    def break_down(self) -> None:
        self._played.put_nowait(DeviceError("unplugged"))


class FrameDetector:
    """Wakes at one certain frame."""

    def __init__(self) -> None:
        self.frames = 0
        self.fails = False

    def detects(self, frame: bytes) -> bool:
        if self.fails:
            raise DeviceError("the key expired")
        self.frames += 1
        return frame == WAKE


class Understanding:
    name = "understanding"

    def __init__(self) -> None:
        self.heard: list[bytes] = []
        self.answers: list[str | ListenFailure] = []
        self.prepared = 0

    async def prepare(self) -> None:
        self.prepared += 1

    def release(self) -> None:
        self.prepared = 0

    async def transcribe(self, sound: bytes, _names: Sequence[str]) -> Sequence[NameHypothesis]:
        self.heard.append(sound)
        said = self.answers.pop(0) if self.answers else "사과"
        if isinstance(said, ListenFailure):
            raise NotHeard(said)
        return [NameHypothesis(said)]


class Kitchen:
    def __init__(self, stall_s: float) -> None:
        self.woken = 0
        self.told: list[tuple[str, str | None]] = []
        news = ListenerCallbacks(
            woke=self._woke,
            doubted=lambda: None,
            microphone=lambda lost: self.told.append(("microphone", lost)),
            wake=lambda lost: self.told.append(("wake", lost)),
        )
        self.microphone, self.speech = PlayedMicrophone(), Understanding()
        self.detectors: list[FrameDetector] = []
        self.clock = HandClock()
        wake = WakeWatcher(self._detector, self.clock, news)
        speech = SpeechChain([self.speech], self.clock)
        self.ear = MicrophoneListener(self.microphone, wake, speech, self.clock, news, stall_s=stall_s)

    def _woke(self) -> None:
        self.woken += 1

    def _detector(self) -> WakeDetector:
        self.detectors.append(FrameDetector())
        return self.detectors[-1]

    async def until_told(self, what: str, text: str | None) -> None:
        async with asyncio.timeout(90):
            while (what, text) not in self.told:
                await asyncio.sleep(0.01)

    async def asked(self, *sounds: bytes, silence_s: float = 3, phrase_s: float = 3) -> str:
        """Ask for a name while this is heard."""
        listening = asyncio.create_task(self.ear.listen(silence_s, phrase_s))
        await asyncio.sleep(0)
        await self.microphone.play(*sounds)
        async with asyncio.timeout(90):
            return (await listening)[0].text


@contextlib.asynccontextmanager
async def session(stall_s: float = 60) -> AsyncIterator[Kitchen]:
    kitchen = Kitchen(stall_s)
    running = asyncio.create_task(kitchen.ear.run())
    await kitchen.until_told("wake", None)
    kitchen.ear.open()
    await kitchen.microphone.play(quiet(0.2))
    await kitchen.until_told("microphone", None)
    yield kitchen
    assert not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert kitchen.microphone.opened == kitchen.microphone.closed


@pytest.fixture
async def kitchen() -> AsyncIterator[Kitchen]:
    async with session() as kitchen:
        yield kitchen


async def test_the_wake_phrase_is_heard(kitchen: Kitchen) -> None:
    await kitchen.microphone.play(quiet(0.5), WAKE, quiet(0.5))
    assert kitchen.woken == 1


async def test_a_name_is_cut_out_of_what_is_heard_and_kept_from_the_detector(kitchen: Kitchen) -> None:
    before = kitchen.detectors[0].frames
    assert await kitchen.asked(quiet(0.5), spoken("사과"), WAKE, quiet(1)) == "사과"
    assert kitchen.woken == 0
    assert kitchen.detectors[0].frames - before < 40  # nothing but what came after the phrase
    phrase = len(kitchen.speech.heard[0]) / 32000
    assert 0.5 < phrase < len(spoken("사과")) / 32000 + 1


async def test_a_long_phrase_is_cut_off(kitchen: Kitchen) -> None:
    await kitchen.asked(spoken("냉장고 문을 열어 두지 마세요 그리고 우유를 마시세요") + quiet(1), phrase_s=0.7)
    assert len(kitchen.speech.heard[0]) / 32000 < 1.5


async def test_what_is_said_before_the_question_is_put_belongs_to_the_answer(kitchen: Kitchen) -> None:
    name = spoken("사과")
    await kitchen.microphone.play(quiet(2), name[: len(name) // 4 * 2])
    await kitchen.asked(name[len(name) // 4 * 2 :], quiet(1.5))
    assert len(kitchen.speech.heard[0]) > len(name) * 0.7


async def test_what_was_said_before_the_loudspeaker_sounded_does_not(kitchen: Kitchen) -> None:
    await kitchen.microphone.play(quiet(2), spoken("우유"))
    kitchen.ear.mute(True, speaks=True)
    kitchen.ear.mute(False, speaks=True)
    kitchen.clock.time += 1
    with pytest.raises(NotHeard) as caught:
        await kitchen.asked(quiet(4))
    assert caught.value.why is ListenFailure.SILENCE


@pytest.mark.parametrize("speaks", [False, True])
async def test_what_is_said_while_a_tone_sounds_belongs_to_the_answer_our_own_words_do_not(speaks: bool) -> None:
    async with session() as kitchen:
        await kitchen.microphone.play(quiet(2))
        kitchen.ear.mute(True, speaks=speaks)
        await kitchen.microphone.play(spoken("고구마")[len(HALF_A_SECOND) :])
        kitchen.ear.mute(False, speaks=speaks)
        kitchen.clock.time += 1
        with contextlib.suppress(NotHeard):
            await kitchen.asked(quiet(4))
        assert len(kitchen.speech.heard) == (0 if speaks else 1)


async def test_the_wake_phrase_is_no_answer_to_the_question_it_brings(kitchen: Kitchen) -> None:
    await kitchen.microphone.play(quiet(2), spoken("일반 등록"), WAKE)
    with pytest.raises(NotHeard) as caught:
        await kitchen.asked(quiet(4))
    assert caught.value.why is ListenFailure.SILENCE


@pytest.mark.parametrize("filler", ["음", ListenFailure.UNINTELLIGIBLE])
async def test_behind_a_filler_the_name_is_waited_for(kitchen: Kitchen, filler: str | ListenFailure) -> None:
    kitchen.speech.answers = [filler, "사과"]
    await kitchen.microphone.play(quiet(2))
    assert await kitchen.asked(spoken("음"), quiet(0.6), spoken("사과"), quiet(1.5), silence_s=4) == "사과"
    assert len(kitchen.speech.heard) == 2


async def test_a_filler_alone_is_unintelligible(kitchen: Kitchen) -> None:
    kitchen.speech.answers = ["음"]
    await kitchen.microphone.play(quiet(2))
    with pytest.raises(NotHeard) as caught:
        await kitchen.asked(spoken("음"), quiet(5))
    assert caught.value.why is ListenFailure.UNINTELLIGIBLE


async def test_nobody_is_listened_to_while_no_engine_can_be_asked(kitchen: Kitchen) -> None:
    kitchen.speech.answers = [ListenFailure.SERVICE]
    await kitchen.microphone.play(quiet(2))
    for sounds in ((spoken("사과"), quiet(1.5)), ()):
        with pytest.raises(NotHeard) as caught:
            await kitchen.asked(*sounds)
        assert caught.value.why is ListenFailure.NO_ENGINE
    assert len(kitchen.speech.heard) == 1


async def test_engines_are_prepared_when_a_session_opens(kitchen: Kitchen) -> None:
    async with asyncio.timeout(90):
        while kitchen.speech.prepared == 0:
            await asyncio.sleep(0.01)


async def test_nobody_speaks(kitchen: Kitchen) -> None:
    with pytest.raises(NotHeard) as caught:
        await kitchen.asked(quiet(4))
    assert caught.value.why is ListenFailure.SILENCE
    assert kitchen.speech.heard == []


async def test_in_a_noisy_room_noise_is_not_taken_for_speech(kitchen: Kitchen) -> None:
    hum = spoken("", "ko", hiss=900)
    await kitchen.microphone.play(hum * 4)
    with pytest.raises(NotHeard) as caught:
        await kitchen.asked(hum * 4)
    assert caught.value.why is ListenFailure.SILENCE


async def test_a_cancelled_attempt_frees_the_microphone_at_once(kitchen: Kitchen) -> None:
    listening = asyncio.create_task(kitchen.ear.listen(600, 600))
    await asyncio.sleep(0)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    await kitchen.microphone.play(WAKE)
    assert kitchen.woken == 1
    assert await kitchen.asked(spoken("사과") + quiet(1)) == "사과"


async def test_while_the_loudspeaker_sounds_nothing_is_heard(kitchen: Kitchen) -> None:
    kitchen.ear.mute(True, speaks=True)
    await kitchen.microphone.play(quiet(0.2), WAKE)
    kitchen.ear.mute(False, speaks=True)
    await kitchen.microphone.play(WAKE)  # its echo
    kitchen.clock.time += 0.19
    await kitchen.microphone.play(WAKE)
    assert kitchen.woken == 0
    kitchen.clock.time += 0.01
    await kitchen.microphone.play(WAKE)
    assert kitchen.woken == 1


async def test_a_lost_microphone_ends_the_attempt_is_told_and_found_again(kitchen: Kitchen) -> None:
    kitchen.microphone.missing = "still unplugged"
    listening = asyncio.create_task(kitchen.ear.listen(600, 600))
    await asyncio.sleep(0)
    kitchen.microphone.break_down()
    with pytest.raises(NotHeard, match="unplugged") as caught:
        await listening
    assert caught.value.why is ListenFailure.MICROPHONE
    with pytest.raises(NotHeard, match="unplugged"):
        await kitchen.ear.listen(3, 3)
    await kitchen.until_told("microphone", "still unplugged")
    kitchen.microphone.missing = ""
    kitchen.told.clear()
    await kitchen.microphone.play(quiet(0.2))
    await kitchen.until_told("microphone", None)
    assert await kitchen.asked(spoken("사과") + quiet(1)) == "사과"


async def test_a_microphone_that_stalls_does_not_hold_the_attempt() -> None:
    async with session(stall_s=0.1) as kitchen:
        with pytest.raises(NotHeard) as caught:
            await kitchen.ear.listen(3, 3)
    assert caught.value.why is ListenFailure.MICROPHONE


async def test_with_the_session_the_microphone_goes_dead(kitchen: Kitchen) -> None:
    listening = asyncio.create_task(kitchen.ear.listen(600, 600))
    await asyncio.sleep(0)
    kitchen.ear.close()
    with pytest.raises(NotHeard) as caught:
        await listening
    assert caught.value.why is ListenFailure.CANCELLED
    async with asyncio.timeout(90):
        while kitchen.microphone.closed == 0:
            await asyncio.sleep(0.01)
    with pytest.raises(NotHeard, match="dead"):
        await kitchen.ear.listen(3, 3)
    kitchen.ear.open()
    await kitchen.microphone.play(quiet(0.2), WAKE)
    assert kitchen.woken == 1


async def test_a_detector_that_gives_up_is_replaced(kitchen: Kitchen) -> None:
    kitchen.told.clear()
    kitchen.detectors[0].fails = True
    await kitchen.microphone.play(quiet(0.2))
    await kitchen.until_told("wake", "the key expired")
    await kitchen.until_told("wake", None)
    await kitchen.microphone.play(WAKE)
    assert kitchen.woken == 1
