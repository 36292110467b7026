"""Voice stage: how loud the room is, so that speech can be told from it. A pure rule over frames."""

import math
from array import array
from collections import deque

_FRAMES = 94
"""Three seconds."""
_QUIET_SHARE = 0.3
"""Somebody may be speaking part of the time: the quieter third is the room."""
_ABOVE_ROOM = 2.5
_LOWEST, _HIGHEST, _UNKNOWN = 150.0, 4000.0, 300.0


def rms(frame: bytes) -> float:
    """Root mean square of 16-bit samples."""
    samples = array("h", frame)
    return math.sqrt(sum(sample * sample for sample in samples) / len(samples)) if samples else 0.0


class Room:
    """Feed it the loudness of every frame."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_FRAMES)

    def heard(self, loudness: float) -> None:
        self._recent.append(loudness)

    @property
    def speech_level(self) -> float:
        """What is louder than this is speech."""
        if not self._recent:
            return _UNKNOWN
        room = sorted(self._recent)[int(len(self._recent) * _QUIET_SHARE)]
        return min(max(room * _ABOVE_ROOM, _LOWEST), _HIGHEST)
