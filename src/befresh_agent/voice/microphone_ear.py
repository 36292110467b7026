"""Voice stage, voice process: the ear with a microphone. The one owner of the microphone.

In: frames, while a session is open. They go to one place each: to nobody while the loudspeaker sounds, to the capture
of a name while one is asked for, and otherwise to the wake-word detector. Out: wake phrases and names.
"""

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from befresh_agent.domain.pacing import full_jitter
from befresh_agent.errors import DeviceError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.microphone import Microphone
from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.voice.capture import Capture
from befresh_agent.voice.ear import News
from befresh_agent.voice.loudness import Room, rms
from befresh_agent.voice.speech.engine import SpeechToText
from befresh_agent.voice.wake.watcher import WakeWatcher

_REOPEN_FIRST_S, _REOPEN_LONGEST_S = 0.5, 30.0
_ECHO_S = 0.2
"""What the loudspeaker said still rings for so long after it ended."""


class MicrophoneEar:
    """Implements the voice port where the microphone is."""

    def __init__(
        self,
        microphone: Callable[[], AbstractAsyncContextManager[Microphone]],
        wake: WakeWatcher,
        speech: SpeechToText,
        clock: Clock,
        news: News,
    ) -> None:
        self._microphone = microphone
        self._wake = wake
        self._speech = speech
        self._clock = clock
        self._news = news
        self._room = Room()
        self._wanted, self._unwanted = asyncio.Event(), asyncio.Event()
        self._unwanted.set()
        self._trouble = ""
        self._capture: Capture | None = None
        self._muted = False
        self._deaf_until = 0.0

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._wake.run())
            while True:
                await self._wanted.wait()
                reading = tasks.create_task(self._read_for_ever())
                await self._unwanted.wait()
                reading.cancel()
                await asyncio.wait({reading})

    def open(self) -> None:
        self._trouble = ""
        self._unwanted.clear()
        self._wanted.set()

    def close(self) -> None:
        self._wanted.clear()
        self._unwanted.set()
        self._end_capture(Unheard.CANCELLED, "the session is over")

    def mute(self, on: bool) -> None:
        self._muted = on
        if not on:
            self._deaf_until = self._clock.monotonic() + _ECHO_S

    async def listen(self, silence_s: float, phrase_s: float) -> str:
        if self._trouble or not self._wanted.is_set():
            raise NotHeard(Unheard.MICROPHONE, self._trouble or "the microphone is dead")
        self._capture = capture = Capture(self._room.speech_level)
        try:
            sound = await asyncio.to_thread(capture.phrase, silence_s, phrase_s)
        finally:
            capture.end(Unheard.CANCELLED, "")
            if self._capture is capture:
                self._capture = None
        return await self._speech.text(sound)

    async def _read_for_ever(self) -> None:
        """Open the microphone, and again whenever it is lost."""
        failures = 0
        while True:
            try:
                async with self._microphone() as microphone:
                    self._route(await microphone.frame())
                    failures = 0
                    self._found()
                    while True:
                        self._route(await microphone.frame())
            except DeviceError as error:
                failures += 1
                self._lost(str(error))
            await self._clock.sleep(full_jitter(failures, _REOPEN_FIRST_S, _REOPEN_LONGEST_S, random.random()))

    def _route(self, frame: bytes) -> None:
        if self._muted or self._clock.monotonic() < self._deaf_until:
            return
        if self._capture is not None:
            self._capture.feed(frame)
        else:
            self._room.heard(rms(frame))
            self._wake.hear(frame)

    def _found(self) -> None:
        self._trouble = ""
        self._news.microphone(None)

    def _lost(self, trouble: str) -> None:
        self._trouble = trouble
        self._news.microphone(trouble)
        self._end_capture(Unheard.MICROPHONE, trouble)

    def _end_capture(self, why: Unheard, detail: str) -> None:
        if self._capture is not None:
            self._capture.end(why, detail)
