"""A registration stage with a real store behind it; only the hardware around it is played by the test."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest

from befresh_agent.database import Database
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import Detection, Findings
from befresh_agent.domain.events import CuePlayed, Event
from befresh_agent.domain.trigger import Trigger
from befresh_agent.errors import DeviceError
from befresh_agent.events import Devices, Events
from befresh_agent.outbox.store import Store
from befresh_agent.ports.camera import Frame
from befresh_agent.ports.voice import NotHeard, Unheard
from befresh_agent.registration.cues import Cues
from befresh_agent.registration.eyes import Eyes
from befresh_agent.registration.live_session import Parts
from befresh_agent.registration.service import Registration
from befresh_agent.settings import KafkaSettings, SessionSettings
from befresh_agent.simulation.clock import SimulatedClock
from befresh_agent.vitals import Vitals


@dataclass
class Device:
    """A device that can break, and take its time to be switched off."""

    broken: bool = False
    leaves_when: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.leaves_when.set()

    async def __aenter__(self) -> Self:
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

    shown: tuple[Detection, ...] = ()
    blind: bool = False

    async def look(self, frame: Frame) -> Findings:
        if self.blind:
            raise DeviceError("the worker died")
        return Findings(self.shown, 1.0)


@dataclass
class Mouth:
    """Answers what is in `answers`, in turn; then silence."""

    answers: list[str | Unheard] = field(default_factory=list)
    live: bool = False
    before_answer: asyncio.Event | None = None

    def open(self) -> None:
        self.live = True

    def close(self) -> None:
        self.live = False

    async def listen(self, silence_s: float, phrase_s: float) -> str:
        await asyncio.sleep(0.01)
        if self.before_answer is not None:
            await self.before_answer.wait()
        answer = self.answers.pop(0) if self.answers else Unheard.SILENCE
        if isinstance(answer, Unheard):
            raise NotHeard(answer)
        return answer


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

    async def play(self, cue: Cue) -> None:
        if self.broken:
            raise DeviceError("no player")


class Stage:
    """Everything around one registration service."""

    def __init__(self, database: Database) -> None:
        self.told: list[Event] = []
        self.clock = SimulatedClock()
        self.events = Events()
        self.events.listen(self.told.append)
        self.devices = Devices(self.events, self.clock)
        self.camera, self.brain = Camera(), Brain()
        self.voice, self.hand, self.speaker = Mouth(), Hand(), Speaker()
        self.database = database
        self.store = Store(database, fridge_id=17, topics=KafkaSettings(), clock=self.clock, events=self.events)
        parts = Parts(
            eyes=Eyes(lambda: self.camera, self.brain, self.clock, self.devices),
            voice=self.voice,
            cues=Cues(self.speaker, self.events, self.devices),
            ledger=self.store,
            settings=SessionSettings(out_of_view_s=0.1, nobody_s=0.3),
            clock=self.clock,
            events=self.events,
            vitals=Vitals(self.clock),
        )
        self.registration = Registration(self.hand, parts)

    @property
    def cues(self) -> list[Cue]:
        return [event.cue for event in self.told if isinstance(event, CuePlayed)]

    async def cue(self, cue: Cue, times: int = 1) -> None:
        """Wait until the cue has sounded so often."""
        await self.until(lambda: self.cues.count(cue) >= times)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(90):
            while not condition():
                await asyncio.sleep(0.005)

    def do(self, trigger: Trigger) -> None:
        self.hand.queue.put_nowait(trigger)


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    async with Database(tmp_path / "agent.db") as database:
        stage = Stage(database)
        running = asyncio.create_task(stage.registration.run())
        yield stage
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
