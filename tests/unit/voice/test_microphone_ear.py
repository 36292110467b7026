"""The ear with a microphone that the test plays; SpeechRecognition finds the phrases for real."""

import asyncio
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Self

import pytest

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.errors import DeviceError
from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.voice import capture, microphone_ear
from befresh_agent.voice.ear import News
from befresh_agent.voice.microphone_ear import MicrophoneEar
from befresh_agent.voice.wake.detector import WakeDetector
from befresh_agent.voice.wake.watcher import WakeWatcher
from tests.spoken import frames, quiet, spoken

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

    def heard(self, frame: bytes) -> bool:
        if self.fails:
            raise DeviceError("the key expired")
        self.frames += 1
        return frame == WAKE


class Understanding:
    name = "understanding"

    def __init__(self) -> None:
        self.heard: list[bytes] = []

    async def text(self, sound: bytes) -> str:
        self.heard.append(sound)
        return "사과"


class Kitchen:
    def __init__(self) -> None:
        self.woken = 0
        self.told: list[tuple[str, str | None]] = []
        news = News(
            woke=self._woke,
            microphone=lambda lost: self.told.append(("microphone", lost)),
            wake=lambda lost: self.told.append(("wake", lost)),
        )
        self.microphone, self.speech = PlayedMicrophone(), Understanding()
        self.detectors: list[FrameDetector] = []
        clock = SystemClock()
        wake = WakeWatcher(self._detector, clock, news)
        self.ear = MicrophoneEar(self.microphone, wake, self.speech, clock, news)

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
            return await listening


@pytest.fixture
async def kitchen() -> AsyncIterator[Kitchen]:
    kitchen = Kitchen()
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


async def test_nobody_speaks(kitchen: Kitchen) -> None:
    with pytest.raises(NotHeard) as caught:
        await kitchen.asked(quiet(4))
    assert caught.value.why is Unheard.SILENCE
    assert kitchen.speech.heard == []


async def test_in_a_noisy_room_noise_is_not_taken_for_speech(kitchen: Kitchen) -> None:
    hum = spoken("", "ko", hiss=900)
    await kitchen.microphone.play(hum * 4)
    with pytest.raises(NotHeard) as caught:
        await kitchen.asked(hum * 4)
    assert caught.value.why is Unheard.SILENCE


async def test_a_cancelled_attempt_frees_the_microphone_at_once(kitchen: Kitchen) -> None:
    listening = asyncio.create_task(kitchen.ear.listen(600, 600))
    await asyncio.sleep(0.05)
    listening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await listening
    await kitchen.microphone.play(WAKE)
    assert kitchen.woken == 1
    assert await kitchen.asked(spoken("사과") + quiet(1)) == "사과"


async def test_while_the_loudspeaker_sounds_nothing_is_heard(kitchen: Kitchen) -> None:
    kitchen.ear.mute(True)
    await kitchen.microphone.play(quiet(0.2), WAKE)
    kitchen.ear.mute(False)
    await kitchen.microphone.play(WAKE)  # its echo
    assert kitchen.woken == 0
    await asyncio.sleep(microphone_ear._ECHO_S + 0.05)
    await kitchen.microphone.play(WAKE)
    assert kitchen.woken == 1


async def test_a_lost_microphone_ends_the_attempt_is_told_and_found_again(kitchen: Kitchen) -> None:
    kitchen.microphone.missing = "still unplugged"
    listening = asyncio.create_task(kitchen.ear.listen(600, 600))
    await asyncio.sleep(0.05)
    kitchen.microphone.break_down()
    with pytest.raises(NotHeard, match="unplugged") as caught:
        await listening
    assert caught.value.why is Unheard.MICROPHONE
    with pytest.raises(NotHeard, match="unplugged"):
        await kitchen.ear.listen(3, 3)
    await kitchen.until_told("microphone", "still unplugged")
    kitchen.microphone.missing = ""
    kitchen.told.clear()
    await kitchen.microphone.play(quiet(0.2))
    await kitchen.until_told("microphone", None)
    assert await kitchen.asked(spoken("사과") + quiet(1)) == "사과"


async def test_a_microphone_that_stalls_does_not_hold_the_attempt(
    kitchen: Kitchen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(capture, "STALL_S", 0.1)
    with pytest.raises(NotHeard) as caught:
        await kitchen.ear.listen(3, 3)
    assert caught.value.why is Unheard.MICROPHONE


async def test_with_the_session_the_microphone_goes_dead(kitchen: Kitchen) -> None:
    listening = asyncio.create_task(kitchen.ear.listen(600, 600))
    await asyncio.sleep(0.05)
    kitchen.ear.close()
    with pytest.raises(NotHeard) as caught:
        await listening
    assert caught.value.why is Unheard.CANCELLED
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
