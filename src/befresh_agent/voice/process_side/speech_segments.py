"""Speech in a stream of frames, by how loud the room is: pieces for the wake word, and where a phrase begins and ends.

Pure rules. A detector that judges whole pieces is not confused by what the room sounded like in the minutes before, and
has nothing to do while nobody speaks. One syllable is a phrase, a click is none.
"""

import math
import operator
from array import array
from collections import deque
from collections.abc import Callable

from befresh_agent.ports.devices import FRAME_SAMPLES, RATE

_LAG = RATE // 2000
"""What stays alike for half a millisecond is no speech: an offset is gone, mains hum 20 dB down, and voices stay."""

_FRAMES = 94
"""Three seconds."""

_QUIETEST_SHARE, _QUIET_SHARE = 0.1, 0.3
"""Somebody may be speaking part of the time: the quieter third is the room."""

_SPREAD_BETWEEN = 0.76
"""So many standard deviations lie between these two shares."""

_SPREADS_ABOVE = 4

_LEAST_ABOVE, _MOST_ABOVE = 1.5, 2.5
"""Speech is so much louder than a steady room, and than one that comes and goes."""

_LOWEST, _HIGHEST, _UNKNOWN = 10.0, 4000.0, 300.0
"""Below the lowest is the noise of the converter itself."""


def rms(frame: bytes) -> float:
    """Root mean square of 16-bit samples, of what can be speech in them."""
    samples = array("h", frame)
    changes = list(map(operator.sub, samples[_LAG:], samples))
    return math.sqrt(sum(change * change for change in changes) / 2 / len(changes)) if changes else 0.0


class NoiseFloor:
    """Feed it the loudness of every frame."""

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=_FRAMES)

    def feed(self, loudness: float) -> None:
        self._recent.append(loudness)

    @property
    def speech_level(self) -> float:
        """What is louder than this is speech."""
        if not self._recent:
            return _UNKNOWN
        ordered = sorted(self._recent)
        quietest, room = (ordered[int(len(ordered) * share)] for share in (_QUIETEST_SHARE, _QUIET_SHARE))
        spread = (room / max(quietest, 1.0) - 1) / _SPREAD_BETWEEN
        above = min(max(1 + _SPREADS_ABOVE * spread, _LEAST_ABOVE), _MOST_ABOVE)
        return min(max(room * above, _LOWEST), _HIGHEST)


_FRAME_S = FRAME_SAMPLES / RATE

_BEFORE = round(0.25 / _FRAME_S)
"""Speech begins softly: so many frames before the first loud one belong to it."""

_DIP = round(0.1 / _FRAME_S)
"""A silence of so many frames may be the end."""

_END = round(0.5 / _FRAME_S)
"""And one of so many is."""

_SHORTEST = round(0.4 / _FRAME_S)

_LONGEST = round(2.5 / _FRAME_S)
"""Of endless speech only the last seconds count."""


class SpeechSegments:
    """Feed every frame."""

    def __init__(self) -> None:
        self._room = NoiseFloor()
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._said: deque[bytes] = deque(maxlen=_LONGEST)
        self._loud = self._silent = 0

    def feed(self, frame: bytes) -> bytes | None:
        """The piece of speech that may have ended with this frame."""
        loudness = rms(frame)
        self._room.feed(loudness)
        if loudness <= self._room.speech_level:
            return self._silence(frame)
        self._speech(frame)
        return None

    def forget(self) -> None:
        """What was said so far has been dealt with."""
        self._said.clear()
        self._loud = self._silent = 0

    def _speech(self, frame: bytes) -> None:
        if not self._said:
            self._said.extend(self._before)
        self._said.append(frame)
        self._loud += 1
        self._silent = 0

    def _silence(self, frame: bytes) -> bytes | None:
        self._before.append(frame)
        if not self._said:
            return None
        self._said.append(frame)
        self._silent += 1
        piece = b"".join(self._said) if self._silent == _DIP and self._loud >= _SHORTEST else None
        if self._silent >= _END:
            self.forget()
        return piece


FRAME_S = FRAME_SAMPLES / RATE

_BEGINS, _GOES_ON = 0.5, 0.35
"""How likely it must be."""

_OF_THE_ROOM = 0.6
"""And how loud, as a share of what is surely louder than the room: people who talk in the next one are not meant."""

_SHORTEST_PHRASE = 3
"""So many frames hold speech, or it was a click."""

_LEAD_IN, _BEHIND = round(0.6 / FRAME_S), round(0.35 / FRAME_S)
"""So many frames around it belong to it: speech begins and ends softly, and in noise it is known late."""

Likelihood = Callable[[bytes], float]


class PhraseEndpoint:
    """Feed every frame; it gives the phrase when one has ended, and may be fed on for the next one."""

    def __init__(self, speech_level: float, pause_s: float, likelihood: Likelihood) -> None:
        self._level = speech_level * _OF_THE_ROOM
        self._pause = round(pause_s / FRAME_S)
        self._likelihood = likelihood
        self._before: deque[bytes] = deque(maxlen=_LEAD_IN)
        self._said: list[bytes] = []
        self._spoken = self._silent = self._length = 0

    @property
    def speaking(self) -> bool:
        return bool(self._said)

    def feed(self, frame: bytes, phrase_s: float) -> bytes | None:
        """The phrase, when it ended with this frame or is longer than `phrase_s`."""
        likely = self._likelihood(frame)
        if not self._said:
            self._wait(frame, likely)
            return None
        self._said.append(frame)
        self._length += 1
        is_speech = likely > _GOES_ON
        self._spoken += is_speech
        self._silent = 0 if is_speech else self._silent + 1
        if self._silent < self._pause and self._length * FRAME_S < phrase_s:
            return None
        return self._ended()

    def _wait(self, frame: bytes, likely: float) -> None:
        if likely > _BEGINS and rms(frame) > self._level:
            self._said = [*self._before, frame]
            self._spoken = self._length = 1
            self._silent = 0
        else:
            self._before.append(frame)

    def _ended(self) -> bytes | None:
        """The phrase without the silence behind it; None for a click."""
        said, self._said = self._said, []
        self._before = deque(said[-self._silent :] if self._silent else (), maxlen=_LEAD_IN)
        if self._spoken < _SHORTEST_PHRASE:
            return None
        return b"".join(said[: len(said) - max(0, self._silent - _BEHIND)])
