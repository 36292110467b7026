"""The vision stage as registration sees it: frames go in, findings come out; behind it is a pool of worker processes.

It measures itself: frames a second, and the time until a date was accepted.
"""

import asyncio
import os
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from types import TracebackType
from typing import Any, Self

from befresh_agent.domain.detection import DateSeen, FrameFindings, FramePreview
from befresh_agent.domain.events import DeviceState, Event, SessionOpened, ThingDetected
from befresh_agent.domain.expiry import DateOrder, DateSpelling, DateWindow
from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import Frame
from befresh_agent.ports.recogniser import FrameObserver
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.settings.device_sections import VisionSettings
from befresh_agent.settings.model import SessionSettings
from befresh_agent.vision import fork_server
from befresh_agent.vision.vision_worker import Program, Work
from befresh_agent.vision.worker import work
from befresh_agent.vision.worker_slot import Slot
from befresh_agent.vision.worker_wire import FrameAnswer, FrameRequest, PhotoRequest, WorkerReady

_KEPT = 60
"""Frames: those that a date was agreed on over are the last few."""


@dataclass(frozen=True, slots=True)
class _Look:
    taken: float
    read: float
    dates: Sequence[date]


class VisionMeter:
    """Of the open session, or the last one. `listen` must be told every event."""

    def __init__(self) -> None:
        self._looks: deque[_Look] = deque(maxlen=_KEPT)
        self.date_s: float | None = None
        """Seconds from the taking of the first frame in which the last accepted date was read to its acceptance."""

    def looked(self, taken: float, read: float, dates: Sequence[date]) -> None:
        """A frame was taken and read at these times, in seconds of a clock that never jumps."""
        self._looks.append(_Look(taken, read, dates))

    def listen(self, event: Event) -> None:
        """A listener for `EventBus`."""
        match event:
            case SessionOpened():
                self._looks.clear()
            case ThingDetected(detection=DateSeen(date=day)):
                first = next((look for look in self._looks if day in look.dates), None)
                self.date_s = round(self._looks[-1].read - first.taken, 2) if first else None

    @property
    def frames_per_s(self) -> float | None:
        if len(self._looks) < 2:
            return None
        seconds = self._looks[-1].read - self._looks[0].taken
        return round(len(self._looks) / seconds, 1) if seconds else None


_DEVICE = "vision"

_DATES = "date reader"

_MOST_WORKERS = 3
"""More are of no use: frames come no faster, and a Pi has four cores, one of which is for everything else."""


class VisionPool:
    """Implements `ports.recogniser.Recogniser`; may be entered again after it was left. One at a time in a program."""

    def __init__(
        self,
        settings: VisionSettings,
        session: SessionSettings,
        clock: Clock,
        devices: DeviceRegistry,
        onlooker: FrameObserver | None = None,
        work: Work = work,
    ) -> None:
        self._settings = settings
        self._spellings, self._order = settings.spellings, settings.order
        self._session = session
        self._clock = clock
        self._devices = devices
        self._onlooker = onlooker
        self._program = Program(work, settings.reader)
        self.places = workers_of(settings.workers)
        self.meter = VisionMeter()
        self._users = 0
        self._changing = asyncio.Lock()
        self._slots: list[Slot] = []
        self._free: asyncio.Queue[Slot] = asyncio.Queue()
        self._taken = self._newest = 0
        self._known: frozenset[str] = frozenset()

    @property
    def pids(self) -> list[int]:
        """The process ids of the workers that are there."""
        return [pid for slot in self._slots if (pid := slot.pid) is not None]

    async def __aenter__(self) -> Self:
        await self._come()
        self.start_over()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._go()

    async def _come(self) -> None:
        """The first starts the workers."""
        async with self._changing:
            self._users += 1
            if self._users > 1:
                return
            self._devices.report(_DEVICE, DeviceState.LIVE)
            self._free = asyncio.Queue()
            for _ in range(self.places):
                self._slots.append(Slot(self._program, self._settings.hang_s, self._clock))
                self._free.put_nowait(self._slots[-1])

    async def _go(self) -> None:
        """The last ends them."""
        self._users -= 1
        if self._users:
            return
        async with self._changing:
            slots, self._slots = self._slots, []
            try:
                await asyncio.gather(*(slot.end() for slot in slots))
            finally:
                await fork_server.stop()
            self._devices.report(_DEVICE, DeviceState.READY)

    def start_over(self) -> None:
        """What is shown next has nothing to do with what was shown before."""
        self._known, self._newest = frozenset(), self._taken

    def may_allow(self, way: str) -> bool:
        """Whether a spelling or order is left to the page: what a file says comes first."""
        return ("order" if way in set(DateOrder) else "spellings") not in self._settings.model_fields_set

    def allow(self, ways: Iterable[str]) -> None:
        """Read dates in these spellings and orders, too, from the next frame on."""
        ways = [way for way in ways if self.may_allow(way)]
        spellings = [one for one in DateSpelling if one in ways and one not in self._spellings]
        self._spellings = (*self._spellings, *spellings)
        self._order = next((one for one in DateOrder if one in ways), self._order)

    async def look(self, frame: Frame) -> FrameFindings:
        self._taken += 1
        number, began = self._taken, self._clock.monotonic()
        answer = await self._asked(self._request(frame), frame.gray)
        if answer.findings is None:
            raise DeviceError(answer.error)
        self._note(number, frame, answer.findings, answer.picture)
        dates = [seen.date for seen in answer.findings.detections if isinstance(seen, DateSeen)]
        self.meter.looked(began, self._clock.monotonic(), dates)
        return answer.findings

    async def read_photo(self, photo: bytes) -> FrameFindings:
        """Everything found in a photo that the fridge's camera did not take. Without a session the workers are there
        for it alone, and gone behind it.

        Raises `InvalidValue` for what is no picture, `DeviceError` when the worker died or hung.
        """
        await self._come()
        try:
            answer = await self._asked(PhotoRequest(len(photo), self._window()), photo)
        finally:
            await self._go()
        if answer.is_no_picture:
            raise InvalidValue(answer.error)
        if answer.findings is None:
            raise DeviceError(answer.error)
        return answer.findings

    async def _asked(self, request: FrameRequest | PhotoRequest, picture: bytes) -> FrameAnswer:
        slot = await self._free.get()
        try:
            answer = await slot.ask(request, picture)
        except DeviceError as error:
            self._devices.report(_DEVICE, DeviceState.LOST, error.detail)
            raise
        finally:
            self._free.put_nowait(slot)
        self._report(answer, slot.ready)
        return answer

    def figures(self) -> dict[str, Any]:
        """What `status` tells of the stage."""
        meter = self.meter
        return {"workers": self.places, "frames_per_s": meter.frames_per_s, "last_date_s": meter.date_s}

    def _request(self, frame: Frame) -> FrameRequest:
        picture = self._onlooker.wanted_picture() if self._onlooker else 0
        return FrameRequest(frame.width, frame.height, self._window(), self._known, picture)

    def _report(self, answer: FrameAnswer, ready: WorkerReady) -> None:
        if answer.findings is None and not answer.is_no_picture:
            self._devices.report(_DEVICE, DeviceState.LOST, answer.error)
            return
        self._devices.report(_DEVICE, DeviceState.LIVE)
        state = DeviceState.LOST if ready.no_dates else DeviceState.READY
        self._devices.report(_DATES, state, ready.no_dates or ready.second_best)

    def _note(self, number: int, frame: Frame, findings: FrameFindings, picture: bytes | None) -> None:
        """Remember the codes of the newest frame, and show it; one that was overtaken is no news."""
        if number < self._newest:
            return
        self._newest = number
        self._known = frozenset(seen.text for seen in findings.detections if not isinstance(seen, DateSeen))
        if self._onlooker:
            self._onlooker.frame_seen(FramePreview(self._clock.now(), frame.width, frame.height, findings, picture))

    def _window(self) -> DateWindow:
        return DateWindow.around(
            self._clock.now().date(),
            past_days=self._session.past_days,
            ahead_years=self._session.ahead_years,
            spellings=self._spellings,
            order=self._order,
        )


def workers_of(chosen: int | str) -> int:
    """How many workers: the number of the settings, or what suits this machine."""
    if isinstance(chosen, int):
        return chosen
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return suitable_workers(len(os.sched_getaffinity(0)), memory / (1 << 30))


def suitable_workers(cores: int, memory_gb: float) -> int:
    """One for each gigabyte, as long as every worker has a core, and of more than two one is left for the rest."""
    for_them = cores - 1 if cores > 2 else cores
    return max(1, min(_MOST_WORKERS, for_them, round(memory_gb)))
