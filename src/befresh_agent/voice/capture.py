"""Voice stage: one spoken phrase out of the frames that come in.

SpeechRecognition finds where speech begins and ends. It reads blocking and without end, so it is fed from a queue
that can be closed at any moment and does not wait for a microphone that has gone silent.
"""

import queue

import speech_recognition as sr

from befresh_agent.ports.microphone import FRAME_SAMPLES, RATE, STALL_S
from befresh_agent.ports.voice import NotHeard, Unheard

_END = b""
_PAUSE_S = 0.6
"""Silence of this length ends the phrase."""
_MARGIN_S = 0.3
"""So much of the silence before and after belongs to it."""


class Capture(sr.AudioSource):  # type: ignore[misc]  # the library has no types
    """`feed` and `end` on the loop, `phrase` on a thread; for one phrase."""

    def __init__(self, speech_level: float) -> None:
        self.SAMPLE_RATE, self.SAMPLE_WIDTH, self.CHUNK = RATE, 2, FRAME_SAMPLES
        self.stream: Capture | None = None
        self._speech_level = speech_level
        self._frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ended: NotHeard | None = None

    def __enter__(self) -> "Capture":
        self.stream = self
        return self

    def __exit__(self, *_: object) -> None:
        self.stream = None

    def feed(self, frame: bytes) -> None:
        self._frames.put(frame)

    def end(self, why: Unheard, detail: str) -> None:
        """Nobody waits for the phrase any more, or no more sound will come."""
        self._ended = self._ended or NotHeard(why, detail)
        self._frames.put(_END)

    def read(self, _samples: int) -> bytes:
        """What the library reads from: one frame, or nothing at the end."""
        if self._ended is not None:
            return _END
        try:
            return self._frames.get(timeout=STALL_S)
        except queue.Empty:
            self._ended = NotHeard(Unheard.MICROPHONE, "no sound comes in")
            return _END

    def phrase(self, silence_s: float, phrase_s: float) -> bytes:
        """Wait for speech and its end, blocking. Raises `NotHeard`."""
        listener = sr.Recognizer()
        listener.energy_threshold = self._speech_level
        listener.dynamic_energy_threshold = False
        listener.pause_threshold, listener.non_speaking_duration = _PAUSE_S, _MARGIN_S
        try:
            with self as source:
                heard = listener.listen(source, timeout=silence_s, phrase_time_limit=phrase_s)
        except sr.WaitTimeoutError:
            raise NotHeard(Unheard.SILENCE) from None
        if self._ended is not None:
            raise self._ended
        sound: bytes = heard.get_raw_data()
        return sound
