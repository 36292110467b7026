import asyncio
import sys
from pathlib import Path
from unittest.mock import Mock

import pytest

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.errors import DeviceError
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.voice.process_side.interfaces import ListenerCallbacks, WakeDetector
from befresh_agent.voice.wake.detectors import KeyphraseDetector, PorcupineDetector, WakeWatcher
from tests.spoken import frames, quiet
from tests.unit.clocks import HandClock

KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


def test_a_room_without_speech_wakes_nobody() -> None:
    settings = VoiceSettings()
    detector = KeyphraseDetector(settings.phones, settings.wake_threshold)
    assert not any(detector.detects(frame) for frame in frames(quiet(20)))


@pytest.mark.parametrize("phones", [("no phones at all",), ("",)])
def test_phones_that_are_none_are_refused_with_a_remedy(phones: tuple[str, ...]) -> None:
    with pytest.raises(DeviceError, match="phones"):
        KeyphraseDetector(phones, 1e-50)


def test_pocketsphinx_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pocketsphinx", None)
    with pytest.raises(DeviceError, match="install"):
        KeyphraseDetector(("IY",), 1e-50)


@pytest.mark.parametrize("key", [None, "", KEY, "nonsense"])
def test_porcupine_without_a_good_key_says_so_and_never_shows_it(key: str | None, tmp_path: Path) -> None:
    import pvporcupine

    keyword = next(iter(pvporcupine.KEYWORD_PATHS.values()))
    with pytest.raises(DeviceError) as caught:
        PorcupineDetector(key, keyword, None, 0.5)
    assert "secrets.porcupine_key" in caught.value.remedy
    if key:
        assert key not in str(caught.value)


@pytest.mark.parametrize("keyword", [None, "/no/such.ppn"])
def test_porcupine_without_a_keyword_file_says_so(keyword: str | None) -> None:
    with pytest.raises(DeviceError, match="porcupine_keyword"):
        PorcupineDetector(KEY, keyword, None, 0.5)


def test_porcupine_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pvporcupine", None)
    with pytest.raises(DeviceError, match=r"\[porcupine\]"):
        PorcupineDetector(KEY, "some.ppn", None, 0.5)


async def test_an_activation_that_fails_is_tried_again() -> None:
    told: list[str | None] = []
    attempts = 0

    class Heard(BaseException):
        """Ends the test."""

    class Detector:
        def detects(self, frame: bytes) -> bool:
            return True

    def make() -> WakeDetector:
        nonlocal attempts
        attempts += 1
        if attempts < 4:
            raise DeviceError("no network")
        return Detector()

    def wake(lost: str | None) -> None:
        told.append(lost)
        if lost is None:
            raise Heard

    news = ListenerCallbacks(woke=lambda: None, doubted=lambda: None, microphone=lambda lost: None, wake=wake)
    with pytest.raises(Heard):
        await WakeWatcher(make, HandClock(), news).run()
    assert told == ["no network"] * 3 + [None]


async def test_nobody_listens_when_nobody_shall() -> None:
    news = ListenerCallbacks(
        woke=lambda: pytest.fail("nobody"), doubted=lambda: None, microphone=lambda lost: None, wake=lambda lost: None
    )
    nobody = WakeWatcher(None, SystemClock(), news)
    await nobody.run()
    nobody.feed(quiet(0.1))


@pytest.mark.parametrize(("seconds", "warnings"), [(0.001, 0), (0.03, 1)])
async def test_a_machine_that_is_too_slow_for_the_detector_is_told_once(
    seconds: float, warnings: int, caplog: pytest.LogCaptureFixture
) -> None:
    spent = 0.0

    class Slow:
        def detects(self, frame: bytes) -> bool:
            nonlocal spent
            spent += seconds
            return False

    watcher = WakeWatcher(Slow, HandClock(), Mock(), lambda: spent)
    running = asyncio.create_task(watcher.run())
    while not watcher.feed(b"") and spent < seconds * 2_000:
        await asyncio.sleep(0)
    running.cancel()
    told = [record.message for record in caplog.records]
    assert len(told) == warnings
    assert all("pocketsphinx" in one and "94 %" in one for one in told)
