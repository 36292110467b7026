"""Cues in the order they were asked for, without holding up the session, and without the microphone hearing them.

In: cues. Out: sound, and `quiet()` for what must not hear it.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from typing import Protocol

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.events import CuePlayed, DeviceState
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Speaker
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus


class CuePlayer:
    """A queue before the loudspeaker. A lost loudspeaker is reported once and never stops a session."""

    def __init__(self, speaker: Speaker, events: EventBus, devices: DeviceRegistry) -> None:
        self._speaker = speaker
        self._events = events
        self._devices = devices
        self._queue: asyncio.Queue[tuple[Cue, CueSubject | None] | str] = asyncio.Queue()

    def play(self, cue: Cue, about: CueSubject | None = None) -> None:
        self._queue.put_nowait((cue, about))

    def say(self, sentence: str) -> None:
        """Speak it when its turn comes."""
        self._queue.put_nowait(sentence)

    async def wait_until_silent(self) -> None:
        """Wait until everything asked for has sounded."""
        await self._queue.join()

    async def run(self) -> None:
        while True:
            wanted = await self._queue.get()
            try:
                await self._sound(wanted)
            finally:
                self._queue.task_done()

    async def _sound(self, wanted: tuple[Cue, CueSubject | None] | str) -> None:
        """A cue, or a sentence that somebody else wants to be spoken."""
        try:
            if isinstance(wanted, str):
                await self._speaker.say(wanted)
            else:
                self._events.emit(CuePlayed(*wanted))
                await self._speaker.play(*wanted)
        except DeviceError as error:
            self._devices.report("speaker", DeviceState.LOST, str(error))
        else:
            self._devices.report("speaker", DeviceState.READY)


class SupportsMute(Protocol):
    def mute(self, on: bool, *, speaks: bool) -> None:
        """Close the ears, and open them again."""


class MutingSpeaker:
    """The speaker port around another: the ears are closed until the player has really ended."""

    def __init__(self, speaker: Speaker, ears: SupportsMute, *, speaks: bool) -> None:
        self._speaker = speaker
        self._ears = ears
        self._speaks = speaks

    async def play(self, cue: Cue, about: CueSubject | None = None) -> None:
        with self._muted():
            await self._speaker.play(cue, about)

    async def say(self, sentence: str) -> None:
        with self._muted():
            await self._speaker.say(sentence)

    @contextlib.contextmanager
    def _muted(self) -> Iterator[None]:
        self._ears.mute(True, speaks=self._speaks)
        try:
            yield
        finally:
            self._ears.mute(False, speaks=self._speaks)
