"""Voice stage: recordings of a wake phrase, cut into its single sayings, and whether each is good enough to learn from.

In: sound. Out: sayings, each with what is wrong with it. Pure rules.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from befresh_agent.ports.devices import RATE
from befresh_agent.voice.wake import rooms
from befresh_agent.voice.wake.embedding import Floats, embeddings
from befresh_agent.voice.wake.rooms import Sound

_PIECE = RATE // 50
_ABOVE_ROOM = 2.5
_OF_LOUDEST = 0.07
_PAUSE_S = 0.5
"""A longer silence is between two sayings, a shorter one within one."""
_CLICK_S = 0.12
_MARGIN_S = 0.06
SHORTEST_S, LONGEST_S = 0.35, 2.5
_QUIETEST = 60.0
"""Of the words; below that it is mostly the converter's own noise."""
_CLEAR = 2.0
"""So many times as loud as the room."""
_CLIPPED_SHARE = 0.01
_FAR = 1.5
"""A saying that is so many times as far from the others as they are from each other is another phrase."""


class SayingVerdict(StrEnum):
    """What is to be said of one saying."""

    GOOD = "good"
    TOO_QUIET = "too quiet"
    CLIPPED = "too loud"
    CUT = "cut off"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    UNLIKE = "unlike the others"

    @property
    def remedy(self) -> str:
        return _REMEDIES[self]


_REMEDIES = {
    SayingVerdict.GOOD: "",
    SayingVerdict.TOO_QUIET: "come nearer, or speak up",
    SayingVerdict.CLIPPED: "step back a little: the sound is distorted",
    SayingVerdict.CUT: "leave half a second of silence before and after the words",
    SayingVerdict.TOO_SHORT: "choose a phrase of at least three syllables",
    SayingVerdict.TOO_LONG: "choose a phrase that is said within two and a half seconds",
    SayingVerdict.UNLIKE: "always say the same phrase, once",
}


@dataclass(frozen=True, slots=True)
class PhraseSaying:
    """The phrase, said once."""

    words: Sound
    """Without the silence around them."""
    verdict: SayingVerdict


def sayings_in(sound: NDArray[np.int16]) -> list[PhraseSaying]:
    """All sayings of one recording, in order; an offset of the converter does not count."""
    if len(sound) < _PIECE:
        return []
    centred = sound.astype(np.float64) - np.mean(sound)
    levels = _levels(centred)
    room = float(np.percentile(levels, 10))
    loud = levels > max(room * _ABOVE_ROOM, levels.max() * _OF_LOUDEST, 1.0)
    return [_saying(centred, levels, first, last, room) for first, last in _runs(loud)]


def compared(sayings: Sequence[PhraseSaying]) -> list[PhraseSaying]:
    """The same, and those that are another phrase than most are told."""
    good = [one for one in sayings if one.verdict is SayingVerdict.GOOD]
    if len(good) < 3:
        return list(sayings)
    heard = [_sound_of(one.words) for one in good]
    apart = np.array([[_distance(one, other) for other in heard] for one in heard])
    typical = np.array([np.median(np.delete(row, place)) for place, row in enumerate(apart)])
    odd = {id(one) for one, far in zip(good, typical, strict=True) if far > _FAR * np.median(typical)}
    return [PhraseSaying(one.words, SayingVerdict.UNLIKE) if id(one) in odd else one for one in sayings]


def _levels(sound: Sound) -> Floats:
    pieces = sound[: len(sound) // _PIECE * _PIECE].reshape(-1, _PIECE)
    return np.asarray(np.sqrt(np.mean(np.square(pieces - pieces.mean(axis=1, keepdims=True)), axis=1)), np.float32)


def _runs(loud: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last piece of each saying."""
    runs: list[tuple[int, int]] = []
    for place in np.flatnonzero(loud):
        if runs and (place - runs[-1][1]) * _PIECE / RATE < _PAUSE_S:
            runs[-1] = (runs[-1][0], int(place))
        else:
            runs.append((int(place), int(place)))
    return [run for run in runs if np.sum(loud[run[0] : run[1] + 1]) * _PIECE / RATE >= _CLICK_S]


def _saying(sound: Sound, levels: Floats, first: int, last: int, room: float) -> PhraseSaying:
    margin = int(_MARGIN_S * RATE)
    begin, end = max(0, first * _PIECE - margin), min(len(sound), (last + 1) * _PIECE + margin)
    words = sound[begin:end]
    seconds = (last + 1 - first) * _PIECE / RATE
    level = float(np.percentile(levels[first : last + 1], 75))
    peak = np.max(np.abs(words))
    clipped = np.mean(np.abs(words) > 0.985 * peak) > _CLIPPED_SHARE and peak > 20000
    wrongs = (
        (first <= 1 or last >= len(levels) - 2, SayingVerdict.CUT),
        (level < _QUIETEST or level < _CLEAR * room, SayingVerdict.TOO_QUIET),
        (clipped, SayingVerdict.CLIPPED),
        (seconds < SHORTEST_S, SayingVerdict.TOO_SHORT),
        (seconds > LONGEST_S, SayingVerdict.TOO_LONG),
    )
    return PhraseSaying(words, next((verdict for wrong, verdict in wrongs if wrong), SayingVerdict.GOOD))


def _sound_of(words: Sound) -> Floats:
    """What was said, whoever said it: embeddings of the words after a short silence."""
    loud = words / (np.sqrt(np.mean(np.square(words))) + 1e-9) * 1500
    noise = np.random.default_rng(0).normal(0, 8, len(loud) + RATE)
    noise[RATE * 7 // 10 : RATE * 7 // 10 + len(loud)] += loud
    return embeddings(rooms.samples(noise))


def _distance(one: Floats, other: Floats) -> float:
    """How far apart two sayings are, however fast each was (dynamic time warping)."""
    steps = np.linalg.norm(one[:, None] - other[None], axis=2)
    total = np.full((len(one) + 1, len(other) + 1), np.inf)
    total[0, 0] = 0
    for row in range(len(one)):
        for column in range(len(other)):
            before = min(total[row, column], total[row, column + 1], total[row + 1, column])
            total[row + 1, column + 1] = before + steps[row, column]
    return float(total[-1, -1] / (len(one) + len(other)))
