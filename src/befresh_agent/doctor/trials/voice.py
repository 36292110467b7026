"""Voice: the real process behind its socket, told what to hear, and the real engines on a recording."""

import asyncio
import random
import wave
from array import array
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from befresh_agent.adapters.system_clock import SystemClock
from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.errors import DeviceError
from befresh_agent.events import Devices, Events
from befresh_agent.ports.microphone import RATE
from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.settings import VoiceSettings
from befresh_agent.simulation.air import Air
from befresh_agent.voice.server import VoiceServer

_NAME = "사과"
_SAY_S = 0.05


class _Kitchen:
    """A voice server, what it has told, and whether the wake phrase was heard."""

    def __init__(self, folder: Path, settings: VoiceSettings) -> None:
        self.woken = asyncio.Event()
        self._news = asyncio.Event()
        self._states: dict[str, DeviceChanged] = {}
        events, clock = Events(), SystemClock()
        events.listen(self._told)
        self.air = Air(folder / "air.sock")
        self.server = VoiceServer(folder, settings, clock, Devices(events, clock), self.woken.set, self.air.path)

    def _told(self, event: Event) -> None:
        if isinstance(event, DeviceChanged):
            self._states[event.device] = event
            self._news.set()

    async def until(self, device: str, wanted: DeviceState) -> str:
        """Its detail. Raises `DeviceError` when the device is lost instead."""
        while (state := self._states.get(device)) is None or state.state is not wanted:
            if state is not None and state.state is DeviceState.LOST:
                raise DeviceError(f"{device}: {state.detail}")
            self._news.clear()
            await self._news.wait()
        return state.detail


@asynccontextmanager
async def _running(kitchen: _Kitchen) -> AsyncIterator[None]:
    running = asyncio.create_task(kitchen.server.run())
    try:
        await kitchen.until("voice", DeviceState.READY)
        kitchen.server.open()
        await kitchen.until("voice", DeviceState.LIVE)
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


async def names(folder: Path) -> str:
    """The wake phrase and a name, through the process and its socket."""
    settings = VoiceSettings(engine="scripted")
    kitchen = _Kitchen(folder, settings)
    async with _running(kitchen):
        while not kitchen.woken.is_set():
            kitchen.air.say(settings.phrase)
            await asyncio.sleep(_SAY_S)
        saying = asyncio.create_task(_say_for_ever(kitchen.air))
        try:
            heard = await kitchen.server.listen(10, 1)
        finally:
            saying.cancel()
    if heard != _NAME:
        raise DeviceError(f"{heard!r} came through instead of {_NAME!r}")
    return "the wake phrase and a name came through the voice process"


async def _say_for_ever(air: Air) -> None:
    while True:
        air.say(_NAME)
        await asyncio.sleep(_SAY_S)


async def wake_word(folder: Path) -> str:
    """The engines that need no key load, take sound, and hear no name in a quiet room."""
    kitchen = _Kitchen(folder, VoiceSettings(microphone=str(_quiet_room(folder / "room.wav"))))
    async with _running(kitchen):
        await kitchen.until("wake word", DeviceState.READY)
        try:
            heard = await kitchen.server.listen(0.5, 1)
        except NotHeard as error:
            if error.why is not Unheard.SILENCE:
                raise DeviceError(f"a quiet room was not heard as silence: {error}") from error
        else:
            raise DeviceError(f"{heard!r} was heard in a quiet room")
    if kitchen.woken.is_set():
        raise DeviceError("the wake phrase was heard in a quiet room")
    return "pocketsphinx listens, and hears nothing in a quiet room"


def _quiet_room(file: Path) -> Path:
    """Two seconds of a room's noise; digital silence is something no microphone brings."""
    dice = random.Random(1)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(array("h", (int(dice.gauss(0, 20)) for _ in range(2 * RATE))).tobytes())
    return file
