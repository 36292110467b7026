"""Voice stage: a few recordings made many: the same words in other kitchens, from further away, beside other noise.

In: sounds as floats in the units of 16-bit samples, and a dice. Out: such sounds. Pure rules.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from befresh_agent.ports.devices import RATE

Sound = NDArray[np.float64]
Dice = np.random.Generator
_FULL = 32767.0


def samples(sound: Sound) -> NDArray[np.int16]:
    """As a microphone gives them; what is too loud is cut off."""
    return np.clip(sound, -_FULL, _FULL).astype(np.int16)


def loudness(sound: Sound) -> float:
    """Root mean square of the louder twentieths of a second: of the words, not of the pauses."""
    size = RATE // 50
    pieces = sound[: len(sound) // size * size].reshape(-1, size)
    levels = np.sqrt(np.mean(np.square(pieces), axis=1)) if len(pieces) else np.zeros(1)
    loud = levels[levels > 0.1 * levels.max()]
    return float(np.sqrt(np.mean(np.square(loud)))) if len(loud) else 1e-9


def elsewhere(words: Sound, dice: Dice, *, before_s: float = 0.0, after_s: float = 0.3, easy: bool = False) -> Sound:
    """The words in a random room at a random level, with silence around them; `easy` is near and quiet."""
    level = 10 ** dice.uniform(2.9, 3.7) if easy else 10 ** dice.uniform(2.3, 4.0)
    said = words if dice.random() < 0.3 else echoing(words, dice, far=0.3 if easy else 1.0)
    said = said * (level / loudness(said))
    whole = np.concatenate([np.zeros(int(before_s * RATE)), said, np.zeros(int(after_s * RATE))])
    if dice.random() < (0.3 if easy else 0.65):
        decibels = dice.uniform(15, 30) if easy else dice.uniform(4, 26)
        whole = whole + noise(len(whole), dice) * (level / 10 ** (decibels / 20))
    whole = whole + dice.normal(0, dice.uniform(2, min(60, 3 + level / 12)), len(whole))
    if dice.random() < 0.1:
        whole = whole + dice.uniform(-1500, 1500)
    if dice.random() < 0.15:
        whole = whole * dice.uniform(3, 12)
    return np.asarray(np.clip(whole, -_FULL, _FULL))


def other_mouth(words: Sound, dice: Dice, least: float = 0.86, most: float = 1.2) -> Sound:
    """Played faster or slower: pitch, throat and pace change together, as between people."""
    return stretched(words, dice.uniform(least, most))


def stretched(words: Sound, pace: float) -> Sound:
    return np.interp(np.arange(0, len(words) - 1, pace), np.arange(len(words)), words)


def echoing(words: Sound, dice: Dice, far: float = 1.0) -> Sound:
    """In a room that rings for 0.2 to 0.8 seconds; three metres away it is ten times as strong as the mouth itself."""
    seconds = dice.uniform(0.2, 0.2 + 0.6 * far)
    tail = dice.normal(0, 1, int(seconds * RATE)) * 10 ** (-3 * np.arange(int(seconds * RATE)) / (seconds * RATE))
    tail[: RATE // 500] = 0
    answer = tail / np.sqrt(np.sum(np.square(tail))) * 10 ** dice.uniform(-1, 0.55 * far)
    answer[0] = 1.0
    for at in dice.integers(RATE // 1000, RATE // 50, 6):
        answer[at] += dice.uniform(-0.5, 0.5) * far
    return convolved(words, answer)


def convolved(sound: Sound, answer: Sound) -> Sound:
    size = 1 << (len(sound) + len(answer)).bit_length()
    both = np.fft.irfft(np.fft.rfft(sound, size) * np.fft.rfft(answer, size), size)
    return both[: len(sound) + RATE // 10]


def noise(length: int, dice: Dice) -> Sound:
    """One of the noises of a kitchen, with a root mean square of 1."""
    made = NOISES[dice.choice(list(NOISES))](length, dice)
    return np.asarray(made / np.sqrt(np.mean(np.square(made)) + 1e-12))


def hum(length: int, dice: Dice) -> Sound:
    """A compressor or an extractor hood: mains and its overtones, and air."""
    time, mains = np.arange(length) / RATE, dice.choice([49.8, 59.8]) * dice.uniform(0.97, 1.03)
    tones = range(1, dice.integers(5, 16))
    parts = [dice.uniform(0.2, 1) / k**0.7 * np.sin(2 * np.pi * mains * k * time + dice.uniform(0, 6)) for k in tones]
    air = _band(dice.normal(0, 1, length), dice.uniform(60, 300), dice.uniform(1000, 4000))
    swell = 1 + dice.uniform(0, 0.3) * np.sin(2 * np.pi * dice.uniform(0.3, 3) * time)
    return np.asarray((np.sum(parts, axis=0) + dice.uniform(0.5, 3) * air / (np.std(air) + 1e-9)) * swell)


def water(length: int, dice: Dice) -> Sound:
    """A tap, or something that fries."""
    wet = _band(dice.normal(0, 1, length), dice.uniform(150, 700), dice.uniform(3500, 7900))
    steps = length // 800 + 2
    slow = np.interp(np.arange(length), np.arange(steps) * 800, dice.normal(1, 0.25, steps))
    return wet * slow


def dishes(length: int, dice: Dice) -> Sound:
    """Short ringing knocks."""
    out = np.zeros(length + RATE)
    for at in dice.integers(0, length, max(1, int(length / RATE * dice.uniform(1, 4)))):
        time = np.arange(int(dice.uniform(0.08, 0.4) * RATE)) / RATE
        pitches = dice.uniform(700, 7000, 5)[:, None]
        ring = np.sin(2 * np.pi * pitches * time).sum(axis=0)
        out[at : at + len(time)] += dice.uniform(0.2, 1) * ring * np.exp(-time * dice.uniform(12, 70))
    return out[:length]


def music(length: int, dice: Dice) -> Sound:
    """Chords and a beat."""
    out, beat = np.zeros(length + 2 * RATE), int(RATE * dice.uniform(0.2, 0.5))
    for at in range(0, length, beat):
        time = np.arange(2 * beat) / RATE
        pitch = 110 * 2 ** (dice.integers(0, 30) / 12)
        voices = [pitch * ratio * k for ratio in (1.0, 1.26, 1.5) for k in (1, 2, 3)]
        chord = np.sum([np.sin(2 * np.pi * one * time) / (1 + one / 400) for one in voices], axis=0)
        out[at : at + len(time)] += chord * np.exp(-time * dice.uniform(2, 6))
        out[at : at + 1500] += dice.uniform(0, 2) * dice.normal(0, 1, 1500) * np.exp(-np.arange(1500) / 300)
    return out[:length]


def chatter(length: int, dice: Dice) -> Sound:
    """Something like many people speaking: noise in the rhythm and the colours of syllables."""
    out, size = np.zeros(length), RATE // 5
    for _ in range(int(dice.integers(1, 5))):
        steps = length // size + 2
        swell = np.interp(np.arange(length), np.arange(steps) * size, np.square(dice.uniform(0, 1, steps)))
        buzz = np.zeros(length)
        buzz[:: int(RATE / dice.uniform(90, 260))] = 1.0
        low = dice.uniform(250, 900)
        out += swell * (_band(buzz, low, low * 1.6) + 0.5 * _band(buzz, low * 2.2, low * 3.2))
    return out


def _band(sound: Sound, low: float, high: float) -> Sound:
    spectrum, pitches = np.fft.rfft(sound), np.fft.rfftfreq(len(sound), 1 / RATE)
    edges = 1 / (1 + (low / np.maximum(pitches, 1)) ** 4) / (1 + (pitches / high) ** 4)
    return np.fft.irfft(spectrum * edges, len(sound))


NOISES: dict[str, Callable[[int, Dice], Sound]] = {
    "hum": hum, "water": water, "dishes": dishes, "music": music, "chatter": chatter,
}  # fmt: skip
