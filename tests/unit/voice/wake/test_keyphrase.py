"""How well the shipped wake phrase works, with figures that are a promise: see docs/voice.md."""

import pytest

from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.voice.wake.detectors import KeyphraseDetector
from tests.spoken import frames, quiet, spoken
from tests.wake_phrases import near_misses, other_phrases, wake_phrases


@pytest.fixture
def detector() -> KeyphraseDetector:
    settings = VoiceSettings()
    return KeyphraseDetector(settings.phones, settings.wake_threshold)


def hits(detector: KeyphraseDetector, recordings: list[bytes]) -> int:
    return sum(sum(detector.detects(frame) for frame in frames(recording)) > 0 for recording in recordings)


def test_the_wake_phrase_is_heard_from_most_voices(detector: KeyphraseDetector) -> None:
    assert hits(detector, wake_phrases(VoiceSettings().phrase)) >= 15


def test_few_of_those_that_sound_alike_wake_it(detector: KeyphraseDetector) -> None:
    assert hits(detector, near_misses()) <= 4


def test_nothing_else_wakes_it(detector: KeyphraseDetector) -> None:
    assert hits(detector, other_phrases()) == 0


def test_it_does_not_matter_what_the_room_sounded_like_before(detector: KeyphraseDetector) -> None:
    phrase = spoken(VoiceSettings().phrase, "ko+m4", 140, 55) + quiet(0.5)
    before = [quiet(30), b"".join(other_phrases()[:5]), spoken("", hiss=400) * 10]
    assert hits(detector, [room + quiet(3) + phrase for room in before]) == len(before)


def test_it_is_heard_once(detector: KeyphraseDetector) -> None:
    recording = quiet(1) + spoken(VoiceSettings().phrase, "ko+m4", 140, 55) + quiet(3)
    assert sum(detector.detects(frame) for frame in frames(recording)) == 1
