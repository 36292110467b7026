"""Phrases are cut out whole: one syllable, soft, beside an offset, and while a refrigerator hums or water runs."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from befresh_agent.ports.devices import FRAME_BYTES, RATE
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.voice.process_side.listener import PhraseCapture
from befresh_agent.voice.process_side.speech_segments import NoiseFloor, rms
from tests.spoken import frames, spoken

Sound = NDArray[np.float64]
OFFSET = 983
"""3 % of full scale."""
FORMANTS = {"a": (800, 1300, 2500), "i": (300, 2200, 3000), "u": (350, 800, 2300), "m": (250, 1100, 2100)}


def level(sound: Sound, target: float) -> Sound:
    return sound * (target / float(np.sqrt(np.mean(sound**2))))


def vowel(seconds: float, kind: str = "a", hz: float = 130, target: float = 1500) -> Sound:
    """A voiced syllable: harmonics under three formants, 20 ms to begin and end."""
    at = np.arange(int(seconds * RATE)) / RATE
    tones = [number * hz for number in range(1, int(3500 / hz))]
    weights = [sum(1 / (1 + ((f - formant) / 90) ** 2) for formant in FORMANTS[kind]) + 0.02 for f in tones]
    voice = sum(weight * np.sin(2 * np.pi * f * at) for f, weight in zip(tones, weights, strict=True))
    return level(np.clip(np.minimum(at, seconds - at) / 0.02, 0, 1) * voice, target)


def hiss(seconds: float, target: float, seed: int = 1) -> Sound:
    return np.random.default_rng(seed).normal(0, target, int(seconds * RATE))


def hum(seconds: float, target: float, seed: int = 1) -> Sound:
    """A compressor: harmonics of 120 Hz, and air."""
    dice = np.random.default_rng(seed)
    at = np.arange(int(seconds * RATE)) / RATE
    tone = np.zeros(len(at))
    for number in range(1, 14):
        tone += dice.uniform(0.3, 1) / number**0.7 * np.sin(2 * np.pi * 119.6 * number * at + dice.uniform(0, 6))
    return level(level(tone, 1) + level(dulled(hiss(seconds, 1, seed), 8), 0.6), target)


def water(seconds: float, target: float, seed: int = 1) -> Sound:
    """Broad noise whose loudness flutters."""
    flutter = level(dulled(hiss(seconds, 1, seed + 100), 400), 0.3)
    return level(dulled(hiss(seconds, 1, seed), 2) * (1 + flutter), target)


def dulled(sound: Sound, length: int) -> Sound:
    """Low-passed."""
    return np.convolve(sound, np.ones(length) / length, "same")


def mixed(sound: Sound, *others: Sound, offset: int = 0) -> bytes:
    for other in others:
        shorter = min(len(sound), len(other))
        sound = sound[:shorter] + other[:shorter]
    return np.clip(sound + offset, -32768, 32767).astype("<i2").tobytes()


def captured(before: bytes, sound: bytes, phrase_s: float = 3) -> tuple[float, float]:
    """Where the phrase begins and ends in the sound, in seconds. Raises `NotHeard`."""
    room = NoiseFloor()
    for frame in frames(before):
        room.feed(rms(frame))
    capture = PhraseCapture(room.speech_level)
    for frame in frames(sound):
        capture.feed(frame)
    phrase = capture.phrase(3, phrase_s)
    begin = sound.index(phrase)
    return begin / 2 / RATE, (begin + len(phrase)) / 2 / RATE


def padded(words: Sound, before_s: float = 0.8, after_s: float = 3.5) -> Sound:
    return np.concatenate([np.zeros(int(before_s * RATE)), words, np.zeros(int(after_s * RATE))])


def is_whole(before: bytes, sound: bytes, words: Sound, before_s: float = 0.8) -> bool:
    begin, end = captured(before, sound)
    return begin <= before_s and before_s + len(words) / RATE <= end


@pytest.mark.parametrize("target", [2500, 500, 200])
@pytest.mark.parametrize("seconds", [0.15, 0.2, 0.3])
@pytest.mark.parametrize("kind", FORMANTS)
def test_one_syllable_is_a_phrase(kind: str, seconds: float, target: float) -> None:
    words = padded(syllable := vowel(seconds, kind, target=target))
    before, room = mixed(hiss(4, 20)), hiss(6, 20, 2)
    assert is_whole(before, mixed(words, room), syllable)


@pytest.mark.parametrize("target", [100, 60])
def test_a_low_level_is_no_silence_in_a_quiet_room(target: float) -> None:
    words = padded(syllable := vowel(0.3, target=target))
    assert is_whole(mixed(hiss(4, target / 15)), mixed(words, hiss(6, target / 15, 2)), syllable)


@pytest.mark.parametrize("target", [2500, 500, 200])
def test_an_offset_is_not_heard(target: float) -> None:
    words = padded(syllable := vowel(0.2, target=target))
    before = mixed(hiss(4, 20), offset=OFFSET)
    assert is_whole(before, mixed(words, hiss(6, 20, 2), offset=OFFSET), syllable)


def word(text: str, target: float = 1500) -> Sound:
    """A word without the room around it."""
    sound = np.frombuffer(spoken(text, "ko+m2", hiss=0), "<i2").astype(float)
    said = np.nonzero(np.abs(sound) > 300)[0]
    return level(sound[said[0] : said[-1]], target)


@pytest.mark.parametrize("noise", [hum, water])
@pytest.mark.parametrize("name", ["고구마", "두부", "시금치"])
def test_a_noise_does_not_cut_the_phrase_nor_hold_it(noise: Callable[..., Sound], name: str) -> None:
    target = 1500 / 10 ** (10 / 20)
    words = padded(said := word(name), after_s=6)
    begin, end = captured(mixed(noise(4, target)), mixed(words, noise(9, target, 2)), phrase_s=5)
    assert begin <= 0.85
    assert 0.75 + len(said) / RATE <= end <= 0.8 + len(said) / RATE + 1


@pytest.mark.parametrize("noise", [hum, water])
def test_a_noise_that_begins_with_the_word_does_not_hold_the_phrase(noise: Callable[..., Sound]) -> None:
    words = padded(said := word("고구마"), after_s=6)
    begin, end = captured(mixed(hiss(4, 20)), mixed(words, noise(9, 400)), phrase_s=5)
    assert begin <= 0.85
    assert 0.75 + len(said) / RATE <= end <= 0.8 + len(said) / RATE + 1


@pytest.mark.parametrize("noise", [hiss, hum, water])
def test_a_steady_noise_alone_is_silence(noise: Callable[..., Sound]) -> None:
    for seed in range(3):
        with pytest.raises(NotHeard) as caught:
            captured(mixed(noise(4, 500, seed)), mixed(noise(6, 500, seed + 10)))
        assert caught.value.why is ListenFailure.SILENCE


def test_a_click_is_no_phrase() -> None:
    click = padded(6000.0 * (-1.0) ** np.arange(80))
    with pytest.raises(NotHeard) as caught:
        captured(mixed(hiss(4, 20)), mixed(click, hiss(6, 20, 2)))
    assert caught.value.why is ListenFailure.SILENCE


def test_a_pause_for_thought_does_not_end_the_phrase() -> None:
    words = np.concatenate([vowel(0.3, "m"), np.zeros(int(0.6 * RATE)), vowel(0.3)])
    assert is_whole(mixed(hiss(4, 20)), mixed(padded(words), hiss(6, 20, 2)), words)


def test_a_noise_that_begins_later_is_no_phrase() -> None:
    noise = np.concatenate([np.zeros(RATE), hum(5, 400)])
    with pytest.raises(NotHeard) as caught:
        captured(mixed(hiss(4, 20)), mixed(noise, hiss(6, 20, 2)))
    assert caught.value.why is ListenFailure.SILENCE


@pytest.mark.parametrize("name", ["밥", "배", "떡", "빵", "무", "김"])
def test_foods_of_one_syllable_are_captured(name: str) -> None:
    sound = spoken(name, "ko+m2", 180) + bytes(RATE * 3)
    begin, end = captured(mixed(hiss(4, 60)), sound)
    assert end - begin > 0.4


def test_frames_of_any_length_have_a_loudness() -> None:
    assert rms(b"") == rms(bytes(2)) == rms(bytes(FRAME_BYTES)) == 0
