"""Voice stage: whether what woke a head is the phrase in every part of it: compared with the sayings it was taught by.

In: the last seconds of sound. Out: how far the worst syllable is from how that person says it. What is not louder than
the room is not compared, neither here nor there; so a phrase beside running water is judged by what stands out of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from befresh_agent.ports.devices import RATE
from befresh_agent.voice.wake.embedding import Floats, looks

_FULL, _CUT_SHARE = 32000, 0.005
HEARD_S = 4.0
"""So much sound is looked at."""
_EVERY = 2
"""Looks of 10 ms."""
_ABOVE_ROOM = 0.3
"""A band that is so much louder than the room (log10 of power) is heard."""
_CHANGE, _LOUDNESS = 0.7, 1.5
_STRETCH = 1.7
"""A phrase is said at most so many times as slowly as it was taught."""
_TAIL_S = 0.5
"""The phrase may have ended so long ago."""
_LONG_BEFORE = 25
"""Steps of 20 ms, from which on it is known how the room sounds."""
_OF_LOUDEST, _MARGIN = 0.25, 2
_WORST = 12
"""Steps of 20 ms: a syllable."""
_NEAREST = 2
"""So many of the sayings are believed."""


@dataclass(frozen=True, slots=True)
class SecondLook:
    """`sayings` are looks (n x 32) of each saying; what is further than `limit` from the nearest is another phrase."""

    sayings: Sequence[Floats]
    limit: float

    def confirms(self, sound: NDArray[np.int16]) -> bool:
        """What the converter cut off cannot be compared: then the head alone decides."""
        is_cut = np.mean(np.abs(sound.astype(np.int32)) >= _FULL) > _CUT_SHARE
        return bool(is_cut) or farness(sound, self.sayings) <= self.limit


def seen(sound: NDArray[np.int16]) -> Floats:
    """As it is compared."""
    centred = sound.astype(np.float32) - np.float32(np.mean(sound))
    return looks(centred)[::_EVERY] if len(sound) >= RATE // 5 else np.zeros((0, 32), np.float32)


def farness(sound: NDArray[np.int16], sayings: Sequence[Floats]) -> float:
    """Of the worst syllable, by the nearest sayings; infinite where there is too little sound."""
    heard = seen(sound[-int(HEARD_S * RATE) :])
    found = sorted(_worst(heard, saying) for saying in sayings)[:_NEAREST]
    return float(np.mean(found)) if found else np.inf


def _room(before: Floats, seen: Floats) -> Floats:
    """How loud each band gets without the phrase: nearly as loud as ever before it; else its softest tenth."""
    if len(before) >= _LONG_BEFORE:
        return np.asarray(np.percentile(before, 85, axis=0), np.float32)
    softest = np.argsort(seen.mean(axis=1))[: max(3, len(seen) // 10)]
    return np.asarray(np.median(seen[softest], axis=0), np.float32)


def _level(seen: Floats) -> float:
    return float(np.percentile(seen.mean(axis=1), 80))


def _worst(heard: Floats, saying: Floats) -> float:
    """The mean distance over the worst syllable of the best alignment."""
    recent = heard[-int(len(saying) * _STRETCH + _TAIL_S * RATE / 160 / _EVERY) :]
    if len(recent) < len(saying) // 2:
        return np.inf
    here, there = _room(heard[: -len(recent)], heard), saying[np.argsort(saying.mean(axis=1))[:3]].min(axis=0)
    words, saying = _words(recent, here + _ABOVE_ROOM), _words(saying, there + _ABOVE_ROOM)
    louder = _level(words) - _level(saying)
    room = np.maximum(here, there + louder) + _ABOVE_ROOM
    apart = _between(_features(words, room), _features(saying + louder, room))
    path = _path(apart)
    return float(np.convolve(path, np.ones(_WORST) / _WORST, "valid").max()) if len(path) >= _WORST else np.inf


def _words(seen: Floats, room: Floats) -> Floats:
    """Without the silence before and after: a syllable that is another one would be sought there."""
    loudness = np.maximum(seen, room).mean(axis=1) - room.mean()
    loud = np.flatnonzero(loudness > _OF_LOUDEST * loudness.max())
    return seen[max(0, loud[0] - _MARGIN) : loud[-1] + 1 + _MARGIN] if len(loud) else seen


def _features(seen: Floats, room: Floats) -> Floats:
    """Colour, change and loudness of each look, all of which is at least as loud as the room."""
    masked = np.maximum(seen, room)
    change = np.zeros_like(masked)
    change[2:-2] = masked[4:] - masked[:-4]
    loudness = masked.mean(axis=1, keepdims=True)
    return np.concatenate([masked - loudness, _CHANGE * change, _LOUDNESS * loudness], axis=1)


def _between(one: Floats, other: Floats) -> Floats:
    squares = np.square(one).sum(axis=1)[:, None] + np.square(other).sum(axis=1) - 2 * (one @ other.T)
    return np.asarray(np.sqrt(np.maximum(squares, 0) / one.shape[1]), np.float32)


def _path(apart: Floats) -> Floats:
    """Distances along the best alignment of the whole saying with some part of what was heard, by dynamic programming.

    It may begin anywhere and ends within the tail.
    """
    count, length = apart.shape
    total = np.full((count + 1, length + 1), np.inf)
    total[:, 0] = 0
    came = np.zeros((count, length), np.int8)
    for diagonal in range(count + length - 1):
        rows = np.arange(max(0, diagonal - length + 1), min(count, diagonal + 1))
        columns = diagonal - rows
        before = np.stack([total[rows, columns], total[rows, columns + 1], total[rows + 1, columns]])
        came[rows, columns] = best = before.argmin(axis=0)
        total[rows + 1, columns + 1] = before[best, np.arange(len(rows))] + apart[rows, columns]
    first = max(0, count - int(_TAIL_S * RATE / 160 / _EVERY) - 1)
    row, column = first + int(np.argmin(total[first + 1 :, length])), length - 1
    path = []
    while row >= 0 and column >= 0:
        path.append(apart[row, column])
        way = came[row, column]
        row, column = row - (way != 2), column - (way != 1)
    return np.array(path, np.float32)
