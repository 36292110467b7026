"""Voice stage: pieces of speech out of a stream of frames. A pure rule.

In: frames. Out: at every short silence what was said up to there. A detector that judges whole pieces is not confused
by what the room sounded like in the minutes before, and has nothing to do while nobody speaks.
"""

from collections import deque

from befresh_agent.ports.microphone import FRAME_SAMPLES, RATE
from befresh_agent.voice.loudness import Room, rms

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
        self._room = Room()
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._said: deque[bytes] = deque(maxlen=_LONGEST)
        self._loud = self._silent = 0

    def feed(self, frame: bytes) -> bytes | None:
        """The piece of speech that may have ended with this frame."""
        loudness = rms(frame)
        self._room.heard(loudness)
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
