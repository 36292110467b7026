"""A registration stage with a real store behind it; only the hardware around it is played by the test."""

import asyncio
import contextlib
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.detection import Detection, FrameFindings
from befresh_agent.domain.events import CuePlayed, Event
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.domain.trigger import Trigger
from befresh_agent.errors import DeviceError
from befresh_agent.history.records import HistoryRecords
from befresh_agent.ports.devices import Frame
from befresh_agent.ports.voice import ListenFailure, NotHeard
from befresh_agent.registration.answering import QuestionAnswerer
from befresh_agent.registration.capture_loop import CaptureLoop
from befresh_agent.registration.cues import CuePlayer
from befresh_agent.registration.live_session import SessionParts
from befresh_agent.registration.registration_service import RegistrationService
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.runtime.supervision import VitalSigns
from befresh_agent.settings.model import ContainerSettings, KafkaSettings, SessionSettings
from befresh_agent.simulation.world import SimulatedClock
from befresh_agent.storage.database import Database
from befresh_agent.storage.history import ReadingHistory
from befresh_agent.storage.inventory import FoodInventory
from befresh_agent.storage.store import OutboxStore


@dataclass
class Device:
    """A device that can break, and take its time to be switched off."""

    broken: bool = False
    opened: int = 0
    """How often somebody tried."""
    leaves_when: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.leaves_when.set()

    async def __aenter__(self) -> Self:
        self.opened += 1
        if self.broken:
            raise DeviceError("unplugged")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.leaves_when.wait()


@dataclass
class Camera(Device):
    dark: bool = False

    async def frame(self) -> Frame:
        await asyncio.sleep(0.01)
        if self.broken or self.dark:
            raise DeviceError("unplugged")
        return Frame(1, 1, b"\0")


@dataclass
class Brain(Device):
    """A recogniser that sees what the test holds up."""

    places: int = 1
    shown: tuple[Detection, ...] = ()
    blind: bool = False

    async def look(self, frame: Frame) -> FrameFindings:
        if self.blind:
            raise DeviceError("the worker died")
        return FrameFindings(self.shown, 1.0)


@dataclass
class Mouth:
    """Answers what is in `answers`, in turn; then silence."""

    answers: list[str | NameHypothesis | ListenFailure] = field(default_factory=list)
    expected: Sequence[str] = ()
    live: bool = False
    before_answer: asyncio.Event | None = None

    def open(self) -> None:
        self.live = True

    def close(self) -> None:
        self.live = False

    async def listen(self, silence_s: float, phrase_s: float, names: Sequence[str] = ()) -> Sequence[NameHypothesis]:
        self.expected = names
        await asyncio.sleep(0.01)
        if self.before_answer is not None:
            await self.before_answer.wait()
        answer = self.answers.pop(0) if self.answers else ListenFailure.SILENCE
        if isinstance(answer, ListenFailure):
            raise NotHeard(answer)
        return [NameHypothesis(answer) if isinstance(answer, str) else answer]


class Hand:
    """The trigger stage."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Trigger] = asyncio.Queue()
        self.is_live = False

    async def stream(self) -> AsyncIterator[Trigger]:
        while True:
            yield await self.queue.get()

    def live(self, on: bool) -> None:
        self.is_live = on


@dataclass
class Speaker:
    broken: bool = False
    told: dict[Cue, CueSubject | None] = field(default_factory=dict)
    said: list[str] = field(default_factory=list)

    async def play(self, cue: Cue, about: CueSubject | None = None) -> None:
        self.told[cue] = about
        if self.broken:
            raise DeviceError("no player")

    async def say(self, sentence: str) -> None:
        self.said.append(sentence)


class Stage:
    """Everything around one registration service."""

    def __init__(self, database: Database, *, speaks: bool = False) -> None:
        self.helped = 0
        self.told: list[Event] = []
        self.clock = SimulatedClock()
        self.events = EventBus()
        self.events.subscribe(self.told.append)
        self.devices = DeviceRegistry(self.events, self.clock)
        self.camera, self.brain = Camera(), Brain()
        self.voice, self.hand, self.speaker = Mouth(), Hand(), Speaker()
        self.database = database
        self.store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=self.clock, events=self.events)
        self.stock = FoodInventory(database, self.store, self.clock)
        cues = CuePlayer(self.speaker, self.events, self.devices)
        self.parts = SessionParts(
            eyes=CaptureLoop(lambda: self.camera, self.brain, self.clock, self.devices),
            voice=self.voice,
            cues=cues,
            ledger=self.store,
            stock=self.stock,
            settings=SessionSettings(out_of_view_s=0.1, nobody_s=0.3),
            clock=self.clock,
            events=self.events,
            vitals=VitalSigns(self.clock),
            answerer=self._answerer(cues) if speaks else None,
        )
        self.registration = RegistrationService(self.hand, self.parts, self._on_help)

    def _answerer(self, cues: CuePlayer) -> QuestionAnswerer:
        records = HistoryRecords(ReadingHistory(self.database), ContainerSettings(), self.clock, fridge_id=17)
        return QuestionAnswerer(
            stock=self.stock, rising=records.rising, cues=cues, clock=self.clock, events=self.events, language="ko"
        )

    def _on_help(self) -> None:
        self.helped += 1

    def see_through(self, eyes: CaptureLoop) -> None:
        """From the next session on."""
        self.registration._parts = replace(self.parts, eyes=eyes)

    def ask_outside(self, look_up: Callable[[str], Awaitable[KnownProduct | None]]) -> None:
        """About products, from the next session on."""
        self.registration._parts = replace(self.parts, look_up=look_up)

    @property
    def cues(self) -> list[Cue]:
        return [event.cue for event in self.told if isinstance(event, CuePlayed)]

    def kept(self) -> list[str | None]:
        """The names of all items on disk, oldest first."""
        with contextlib.closing(sqlite3.connect(self.database.path)) as reader:
            return [name for (name,) in reader.execute("SELECT name FROM items ORDER BY rowid")]

    async def cue(self, cue: Cue, times: int = 1) -> None:
        """Wait until the cue has sounded so often."""
        await self.until(lambda: self.cues.count(cue) >= times)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(90):
            while not condition():
                await asyncio.sleep(0.005)

    async def pass_minutes(self, minutes: float) -> None:
        self.clock.speed = 10_000
        await self.clock.sleep(60 * minutes)
        self.clock.speed = 1

    def do(self, trigger: Trigger) -> None:
        self.hand.queue.put_nowait(trigger)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with _running(tmp_path) as stage:
        yield stage


@pytest.fixture
async def spoken_stage(tmp_path: Path) -> AsyncIterator[Stage]:
    """Where prompts are spoken, in Korean."""
    async with _running(tmp_path, speaks=True) as stage:
        yield stage


@contextlib.asynccontextmanager
async def _running(folder: Path, *, speaks: bool = False) -> AsyncIterator[Stage]:
    async with Database(folder / "agent.db") as database:
        stage = Stage(database, speaks=speaks)
        running = asyncio.create_task(stage.registration.run())
        yield stage
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
