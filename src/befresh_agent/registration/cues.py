"""Sounds in the order they were asked for, without holding up the session.

In: cues. Out: sound, and `quiet()` for whoever must not hear them (the microphone).
"""

import asyncio

from befresh_agent.domain.cue import Cue
from befresh_agent.domain.events import CuePlayed, DeviceState
from befresh_agent.errors import DeviceError
from befresh_agent.events import Devices, Events
from befresh_agent.ports.speaker import Speaker


class Cues:
    """A queue before the loudspeaker. A lost loudspeaker is reported once and never stops a session."""

    def __init__(self, speaker: Speaker, events: Events, devices: Devices) -> None:
        self._speaker = speaker
        self._events = events
        self._devices = devices
        self._queue: asyncio.Queue[Cue] = asyncio.Queue()

    def play(self, cue: Cue) -> None:
        self._queue.put_nowait(cue)

    async def quiet(self) -> None:
        """Wait until everything asked for has sounded."""
        await self._queue.join()

    async def run(self) -> None:
        while True:
            cue = await self._queue.get()
            try:
                await self._sound(cue)
            finally:
                self._queue.task_done()

    async def _sound(self, cue: Cue) -> None:
        self._events.tell(CuePlayed(cue))
        try:
            await self._speaker.play(cue)
        except DeviceError as error:
            self._devices.report("speaker", DeviceState.LOST, str(error))
        else:
            self._devices.report("speaker", DeviceState.READY)
