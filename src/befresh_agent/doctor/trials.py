"""Trials of the software without any device, and the self-test that runs them: outbox, vision, voice.

An update is taken over only when they find nothing broken.
"""

import asyncio
import json
import random
import wave
from array import array
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from befresh_agent.adapters.system.system_clock import NoonClock, SystemClock
from befresh_agent.delivery.batcher import LocalJournal
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Detection
from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.errors import BefreshError, DeviceError, StoreError
from befresh_agent.ports.devices import RATE
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.runtime.media_files import read_picture, to_frame
from befresh_agent.settings.device_sections import VisionSettings, VoiceSettings
from befresh_agent.settings.model import KafkaSettings, SessionSettings
from befresh_agent.settings.paths import database_file
from befresh_agent.simulation.scenario import find_scenario
from befresh_agent.simulation.world import SpokenAir
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from befresh_agent.vision.vision_pool import VisionPool
from befresh_agent.voice.agent_side.voice_server import VoiceServer

_FRIDGE, _ITEM, _NAME, _SESSION = 1, "self-test-1", "사과", "self-test"


async def outbox(folder: Path) -> str:
    clock, events = SystemClock(), EventBus()

    def store(database: Database) -> OutboxStore:
        return OutboxStore(database, fridge_id=_FRIDGE, topics=KafkaSettings(), clock=clock, events=events)

    async with Database(database_file(folder), size_mb=2) as database:
        kept = store(database)
        await kept.recover()
        await kept.add(_SESSION, FoodItem(_ITEM, FoodType.GENERAL, _NAME, clock.now()))
        await kept.settle(_SESSION)
        await LocalJournal(kept, clock=clock, events=events).stop(0)
    async with Database(database_file(folder), size_mb=2) as database:
        entries = await store(database).entries((MessageState.JOURNAL,))
    foods = [json.loads(entry.message.body)["foodList"] for entry in entries]
    if foods != [[{"itemId": _ITEM, "name": _NAME, "ftypeId": int(FoodType.GENERAL)}]]:
        raise StoreError(f"{foods} came out of the outbox")
    return "a food went in, its message came out, and both lasted"


SHOWN = {"container-kimchi.jpg": "FB:89:EB:22:95:84", "milk.jpg": "2030-03-15"}

_LONGEST_SIDE = 1280

_PATIENCE_S = 50
"""Right after an update nothing of OpenCV is in the card's cache."""


_MADE_FOR = date(2029, 12, 1)
"""The day of the pictures: a machine that does not know the date can be tried too."""


async def vision(_: Path, *, hang_s: float, shown: Mapping[str, str] = SHOWN) -> str:
    clock, pictures = NoonClock(_MADE_FOR), find_scenario("demo").parent / "pictures"
    patient = VisionSettings(workers=1, hang_s=max(hang_s, _PATIENCE_S))
    async with VisionPool(patient, SessionSettings(), clock, DeviceRegistry(EventBus(), clock)) as worker:
        for name, wanted in shown.items():
            picture = await asyncio.to_thread(read_picture, pictures / name, _LONGEST_SIDE)
            worker.start_over()
            seen = [_text(one) for one in (await worker.look(to_frame(picture))).detections]
            if wanted not in seen:
                raise BefreshError(f"{', '.join(seen) or 'nothing'} was read in {name}, not {wanted}")
    return f"read {' and '.join(shown.values())} in pictures"


def _text(detection: Detection) -> str:
    match detection:
        case ContainerSeen(address=address):
            return address
        case DateSeen(date=date):
            return date.isoformat()
        case _:
            return detection.text


_SPOKEN_NAME = "사과"

_SAY_S = 0.05


class _VoiceHarness:
    """A voice server, what it has told, and whether the wake phrase was heard."""

    def __init__(self, folder: Path, settings: VoiceSettings) -> None:
        self.woken = asyncio.Event()
        self._news = asyncio.Event()
        self._states: dict[str, DeviceChanged] = {}
        events, clock = EventBus(), SystemClock()
        events.subscribe(self._told)
        self.air = SpokenAir(folder / "air.sock")
        self.server = VoiceServer(folder, settings, clock, DeviceRegistry(events, clock), self.woken.set, self.air.path)

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
async def _running(kitchen: _VoiceHarness) -> AsyncIterator[None]:
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
    kitchen = _VoiceHarness(folder, settings)
    async with _running(kitchen):
        while not kitchen.woken.is_set():
            kitchen.air.say(settings.phrase)
            await asyncio.sleep(_SAY_S)
        saying = asyncio.create_task(_say_for_ever(kitchen.air))
        try:
            heard = (await kitchen.server.listen(10, 1))[0].text
        finally:
            saying.cancel()
    if heard != _SPOKEN_NAME:
        raise DeviceError(f"{heard!r} came through instead of {_SPOKEN_NAME!r}")
    return "the wake phrase and a name came through the voice process"


async def _say_for_ever(air: SpokenAir) -> None:
    while True:
        air.say(_SPOKEN_NAME)
        await asyncio.sleep(_SAY_S)


async def wake_word(folder: Path) -> str:
    """The engines that need no key load, take sound, and hear no name in a quiet room."""
    kitchen = _VoiceHarness(folder, VoiceSettings(microphone=str(_quiet_room(folder / "room.wav"))))
    async with _running(kitchen):
        await kitchen.until("wake word", DeviceState.READY)
        try:
            heard = await kitchen.server.listen(0.5, 1)
        except NotHeard as error:
            if error.why is not ListenFailure.SILENCE:
                raise DeviceError(f"a quiet room was not heard as silence: {error}") from error
        else:
            raise DeviceError(f"{heard!r} was heard in a quiet room")
    if kitchen.woken.is_set():
        raise DeviceError("the wake phrase was heard in a quiet room")
    return "the wake-word engine listens, and hears nothing in a quiet room"


def _quiet_room(file: Path) -> Path:
    """Two seconds of a room's noise; digital silence is something no microphone brings."""
    dice = random.Random(1)
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(array("h", (int(dice.gauss(0, 20)) for _ in range(2 * RATE))).tobytes())
    return file
