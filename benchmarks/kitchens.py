"""Kitchens for the benchmarks: rooms by mirrored sources, and noises; nothing is trained in these."""

import tempfile
import wave
from collections.abc import Callable, Mapping
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

from befresh_agent.runtime.media_files import read_sound

RATE = 16000
_ROOM = np.array([4.2, 3.4, 2.5])
"""Metres."""
_SOUND_M_S = 343.0


def echo(metres: float, ring_s: float, reach: int = 7) -> Any:
    """How a room answers: the speaker's mirror images in its walls, each weaker and later."""
    microphone = np.array([0.3, 1.7, 1.4])
    speaker = microphone + np.array([metres, 0.15, 0.2])
    sides = _ROOM[[1, 2, 0]] * _ROOM[[2, 0, 1]]
    kept = np.sqrt(1 - min(0.95, 0.161 * _ROOM.prod() / (ring_s * 2 * sides.sum())))
    answer = np.zeros(int(RATE * ring_s))
    for cell in product(range(-reach, reach + 1), repeat=3):
        place = np.array(
            [size * n + (at if n % 2 == 0 else size - at) for n, at, size in zip(cell, speaker, _ROOM, strict=True)]
        )
        far = float(np.linalg.norm(place - microphone))
        at = round(far / _SOUND_M_S * RATE)
        if at < len(answer):
            answer[at] += kept ** sum(map(abs, cell)) / far
    return answer / np.abs(answer).max()


def loudness(words: Any) -> float:
    """Of the words, in units of 16-bit samples."""
    pieces = words[: len(words) // 320 * 320].reshape(-1, 320)
    levels = np.sqrt(np.mean(np.square(pieces), axis=1))
    return float(np.sqrt(np.mean(np.square(levels[levels > 0.1 * levels.max()]))))


def _hum(length: int, dice: Any) -> Any:
    time = np.arange(length) / RATE
    tones = sum(
        np.sin(2 * np.pi * 59.9 * k * time + dice.uniform(0, 6)) / k**0.6 for k in (2, 4, 6, 8, 10, 12, 14, 18, 22)
    )
    return tones + np.convolve(dice.normal(0, 1, length), np.ones(6) / 6, "same")


def _water(length: int, dice: Any) -> Any:
    hiss = dice.normal(0, 1, length)
    return (hiss - np.convolve(hiss, np.ones(24) / 24, "same")) * (1 + 0.2 * np.sin(np.arange(length) / 1700))


def _music(length: int, dice: Any) -> Any:
    out, time = np.zeros(length + RATE), np.arange(RATE // 2) / RATE
    for at in range(0, length, RATE // 4):
        pitch = 220 * 2 ** (dice.integers(0, 24) / 12)
        out[at : at + RATE // 2] += sum(np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 6)) * np.exp(
            -5 * time
        )
    return out[:length]


def _dishes(length: int, dice: Any) -> Any:
    out, time = np.zeros(length + RATE), np.arange(RATE // 5) / RATE
    for at in dice.integers(0, length, max(1, 2 * length // RATE)):
        ring = sum(np.sin(2 * np.pi * pitch * time) for pitch in dice.uniform(900, 6500, 5))
        out[at : at + len(time)] += dice.uniform(0.2, 1) * ring * np.exp(-time * dice.uniform(15, 60))
    return out[:length]


def _beside(words: Any, noise: Callable[[int, Any], Any], decibels: float, dice: Any) -> Any:
    made = noise(len(words), dice)
    return words + made / np.sqrt(np.mean(np.square(made))) * (1500 / 10 ** (decibels / 20))


def _said(words: Any, level: float = 1500) -> Any:
    silence = np.zeros(2 * RATE)
    return np.concatenate([silence, words / loudness(words) * level, silence[: int(1.6 * RATE)]])


def _by_another_rate(sound: Any) -> Any:
    """As a sound card of 48 kHz and two channels brings it: read the way the agent reads such a recording."""
    spectrum = np.fft.rfft(sound)
    fast = np.fft.irfft(spectrum, 3 * len(sound)) * 3
    both = np.stack([fast, np.roll(fast, 3) * 0.8], axis=1)  # two centimetres apart
    with tempfile.NamedTemporaryFile(suffix=".wav") as file:
        with wave.open(file.name, "wb") as out:
            out.setparams((2, 2, 48000, 0, "NONE", ""))
            out.writeframes(np.clip(both, -32767, 32767).astype("<i2").tobytes())
        return np.frombuffer(read_sound(Path(file.name)), "<i2").astype(np.float64)


def _far(words: Any) -> Any:
    return np.convolve(words, echo(1.5, 0.5))


KITCHENS: Mapping[str, Callable[[Any, Any], Any]] = {
    "quiet": lambda words, _: _said(words, 2000),
    "kitchen": lambda words, dice: _beside(_said(_far(words)), _hum, 15, dice),
    "water 10 dB": lambda words, dice: _beside(_said(words), _water, 10, dice),
    "hum 10 dB": lambda words, dice: _beside(_said(words), _hum, 10, dice),
    "music 10 dB": lambda words, dice: _beside(_said(words), _music, 10, dice),
    "dishes 10 dB": lambda words, dice: _beside(_said(words), _dishes, 10, dice),
    "RMS 300": lambda words, _: _said(words, 300),
    "offset 3 %": lambda words, _: _said(words) + 983,
    "clipped": lambda words, _: _said(words, 2000) * 12,
    "48 kHz stereo": lambda words, _: _by_another_rate(_said(words)),
}


def heard_in(kitchen: str, words: Any, seed: int) -> bytes:
    """The words as a microphone there would bring them."""
    dice = np.random.default_rng(seed)
    sound = KITCHENS[kitchen](words, dice)
    heard: bytes = np.clip(sound + dice.normal(0, 12, len(sound)), -32767, 32767).astype(np.int16).tobytes()
    return heard
