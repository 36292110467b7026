"""The one owner of the microphone: takes frames while a session is open, and captures one phrase when a name is asked
for.

Frames go to one place each: nowhere while the loudspeaker sounds, to the capture of a name while one is asked for, and
otherwise to the wake-word detector. Where a phrase begins and ends is found on a thread, which is fed from a queue that
can be closed at any moment.
"""

import asyncio
import queue
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager

from befresh_agent.domain.food_question import asked
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.domain.spoken_answer import NameHypothesis, SpokenIntent, understand
from befresh_agent.errors import DeviceError
from befresh_agent.i18n.no_names import is_invention
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import FRAME_SAMPLES, RATE, STALL_S, Microphone
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.voice.process_side.interfaces import ListenerCallbacks, SpeechChain
from befresh_agent.voice.process_side.levelled import levelled
from befresh_agent.voice.process_side.speech_detector import speech_detector
from befresh_agent.voice.process_side.speech_segments import FRAME_S, Likelihood, NoiseFloor, PhraseEndpoint, rms
from befresh_agent.voice.wake.detectors import WakeWatcher

_END = b""

PAUSE_S = 0.9


class PhraseCapture:
    """`feed` and `end` on the loop, `phrase` on a thread; for the phrases of one listening attempt.

    `before` are the frames that came in just before it: whoever spoke early loses nothing.
    """

    def __init__(
        self,
        speech_level: float,
        *,
        pause_s: float = PAUSE_S,
        stall_s: float = STALL_S,
        before: Iterable[bytes] = (),
        likelihood: Likelihood | None = None,
    ) -> None:
        self._endpoint = PhraseEndpoint(speech_level, pause_s, likelihood or speech_detector(speech_level))
        self._stall_s = stall_s
        self._frames: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._ended: NotHeard | None = None
        self._elapsed_s = 0.0
        for frame in before:
            self.feed(frame)
            self._elapsed_s -= FRAME_S

    def feed(self, frame: bytes) -> None:
        self._frames.put(frame)

    def end(self, why: ListenFailure, detail: str) -> None:
        """Nobody waits for the phrase any more, or no more sound will come."""
        self._ended = self._ended or NotHeard(why, detail)
        self._frames.put(_END)

    def phrase(self, silence_s: float, phrase_s: float) -> bytes:
        """Wait for speech and its end, blocking. Speech must begin within `silence_s` of the attempt's beginning.

        Raises `NotHeard`.
        """
        while self._endpoint.speaking or self._elapsed_s < silence_s:
            frame = self._next()
            self._elapsed_s += FRAME_S
            if (said := self._endpoint.feed(frame, phrase_s)) is not None:
                return said
        raise NotHeard(ListenFailure.SILENCE)

    def _next(self) -> bytes:
        try:
            frame = self._frames.get(timeout=self._stall_s)
        except queue.Empty:
            self._ended = self._ended or NotHeard(ListenFailure.MICROPHONE, "no sound comes in")
        if self._ended is not None:
            raise self._ended
        return frame


_REOPEN = Backoff(0.5, 30.0)

_ECHO_S = 0.2
"""What the loudspeaker said still rings for so long after it ended."""

_BEFORE = RATE // FRAME_SAMPLES
"""So many frames before the question is put belong to the answer: a second."""


class MicrophoneListener:
    """Implements the voice port where the microphone is."""

    def __init__(
        self,
        microphone: Callable[[], AbstractAsyncContextManager[Microphone]],
        wake: WakeWatcher,
        speech: SpeechChain,
        clock: Clock,
        news: ListenerCallbacks,
        *,
        pause_s: float = PAUSE_S,
        stall_s: float = STALL_S,
    ) -> None:
        self._microphone = microphone
        self._wake = wake
        self._speech = speech
        self._clock = clock
        self._news = news
        self._pause_s, self._stall_s = pause_s, stall_s
        self._room = NoiseFloor()
        self._before: deque[bytes] = deque(maxlen=_BEFORE)
        self._wanted, self._unwanted = asyncio.Event(), asyncio.Event()
        self._unwanted.set()
        self._trouble = ""
        self._capture: PhraseCapture | None = None
        self._muted = self._speaks = False
        self._deaf_until = 0.0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake.run())
            while True:
                await self._wanted.wait()
                tasks.create_task(self._speech.prepare())
                reading = tasks.create_task(self._read_for_ever())
                await self._unwanted.wait()
                reading.cancel()
                await asyncio.wait({reading})
                self._speech.release()

    def open(self) -> None:
        self._trouble = ""
        self._unwanted.clear()
        self._wanted.set()

    def close(self) -> None:
        self._wanted.clear()
        self._unwanted.set()
        self._end_capture(ListenFailure.CANCELLED, "the session is over")

    def mute(self, on: bool, *, speaks: bool) -> None:
        if on or speaks:
            self._before.clear()
        self._muted, self._speaks = on, speaks
        if not on:
            self._deaf_until = self._clock.monotonic() + _ECHO_S

    async def listen(self, silence_s: float, phrase_s: float, names: Sequence[str] = ()) -> Sequence[NameHypothesis]:
        if self._trouble or not self._wanted.is_set():
            raise NotHeard(ListenFailure.MICROPHONE, self._trouble or "the microphone is dead")
        self._speech.check()
        self._capture = capture = PhraseCapture(
            self._room.speech_level, pause_s=self._pause_s, stall_s=self._stall_s, before=self._before
        )
        try:
            return await self._name(capture, silence_s, phrase_s, names)
        finally:
            self._before.clear()
            capture.end(ListenFailure.CANCELLED, "")
            if self._capture is capture:
                self._capture = None

    async def _name(
        self, capture: PhraseCapture, silence_s: float, phrase_s: float, names: Sequence[str]
    ) -> Sequence[NameHypothesis]:
        """The first phrase that says something: behind "음" or a clatter the name may follow in time."""
        unclear: NotHeard | None = None
        while True:
            try:
                sound = await asyncio.to_thread(capture.phrase, silence_s, phrase_s)
                readings = await self._speech.transcribe(await asyncio.to_thread(levelled, sound), names)
            except NotHeard as error:
                if error.why is ListenFailure.SILENCE and unclear is not None:
                    raise unclear from None
                if error.why is not ListenFailure.UNINTELLIGIBLE:
                    raise
                unclear = error
            else:
                if _says_something(readings[0].text):
                    return readings
                unclear = NotHeard(ListenFailure.UNINTELLIGIBLE, readings[0].text)

    async def _read_for_ever(self) -> None:
        """Open the microphone, and again whenever it is lost."""
        pauses = RetryPauses(_REOPEN)
        while True:
            try:
                async with self._microphone() as microphone:
                    self._route(await microphone.frame())
                    pauses.worked()
                    self._found()
                    while True:
                        self._route(await microphone.frame())
            except DeviceError as error:
                self._lost(str(error))
                await self._clock.sleep(pauses.failed())

    def _route(self, frame: bytes) -> None:
        if self._muted or self._clock.monotonic() < self._deaf_until:
            if not self._speaks:
                self._before.append(frame)
            return
        if self._capture is not None:
            self._capture.feed(frame)
        else:
            self._before.append(frame)
            self._room.feed(rms(frame))
            if self._wake.feed(frame):
                self._before.clear()  # the phrase itself is no answer to the question it brings

    def _found(self) -> None:
        self._trouble = ""
        self._news.microphone(None)

    def _lost(self, trouble: str) -> None:
        self._trouble = trouble
        self._news.microphone(trouble)
        self._end_capture(ListenFailure.MICROPHONE, trouble)

    def _end_capture(self, why: ListenFailure, detail: str) -> None:
        if self._capture is not None:
            self._capture.end(why, detail)


def _says_something(text: str) -> bool:
    means_something = understand(text).intent is not SpokenIntent.UNCLEAR or asked(text) is not None
    return means_something and not is_invention(text)
