"""The vision stage as registration sees it: frames go in, findings come out, the worker behind it comes and goes.

In: frames while a session is open. Out: findings, or `DeviceError` for a frame whose worker died or hung; that worker
is replaced and the session goes on.
"""

import asyncio
from types import TracebackType
from typing import Self

from befresh_agent.deadline import within
from befresh_agent.domain.detection import Findings
from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.expiry import Window
from befresh_agent.domain.glimpse import Glimpse
from befresh_agent.errors import DeviceError
from befresh_agent.events import Devices
from befresh_agent.ports.camera import Frame
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.onlooker import Onlooker
from befresh_agent.settings import SessionSettings, VisionSettings
from befresh_agent.vision.process import WorkerDied, WorkerProcess
from befresh_agent.vision.wire import Answer

_DEVICE = "vision"
_DATES = "date reader"
_PAUSE_S = 1.0
"""Before another try when a worker died without having answered once."""


class VisionWorker:
    """Implements `ports.recogniser.Recogniser`; may be entered again after it was left."""

    def __init__(
        self,
        settings: VisionSettings,
        session: SessionSettings,
        clock: Clock,
        devices: Devices,
        onlooker: Onlooker | None = None,
    ) -> None:
        self._settings = settings
        self._session = session
        self._clock = clock
        self._devices = devices
        self._onlooker = onlooker
        self._process: WorkerProcess | None = None
        self._has_answered = True
        self._fresh = True
        self._one_at_a_time = asyncio.Lock()

    @property
    def pid(self) -> int | None:
        """The worker's process id while there is one."""
        return self._process.pid if self._process else None

    async def __aenter__(self) -> Self:
        self._devices.report(_DEVICE, DeviceState.LIVE)
        await self._replace()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self._end()
        self._devices.report(_DEVICE, DeviceState.READY)

    def start_over(self) -> None:
        """What is shown next has nothing to do with what was shown before."""
        self._fresh = True

    async def look(self, frame: Frame) -> Findings:
        async with self._one_at_a_time:
            answer = await self._ask(frame)
        if answer.findings is None:
            self._devices.report(_DEVICE, DeviceState.LOST, answer.error)
            raise DeviceError(answer.error)
        self._devices.report(_DEVICE, DeviceState.LIVE)
        if self._onlooker:
            self._onlooker.seen(Glimpse(self._clock.now(), frame.width, frame.height, answer.findings, answer.picture))
        return answer.findings

    async def _ask(self, frame: Frame) -> Answer:
        process = await self._running()
        fresh, self._fresh = self._fresh, False
        picture = self._onlooker.wanted_picture() if self._onlooker else 0
        try:
            async with within(self._settings.hang_s):
                answer = await process.ask(frame, self._window(), fresh=fresh, picture=picture)
        except TimeoutError as error:
            raise await self._lost(f"no answer within {self._settings.hang_s:g} s") from error
        except WorkerDied as error:
            raise await self._lost(str(error)) from error
        if not self._has_answered:
            await self._first_answer(process)
        return answer

    async def _running(self) -> WorkerProcess:
        """The worker; a new one after a pause when the last one was good for nothing."""
        if self._process is None:
            await self._clock.sleep(_PAUSE_S)
            await self._replace()
        if self._process is None:
            raise DeviceError("no process could be started")
        return self._process

    async def _first_answer(self, process: WorkerProcess) -> None:
        self._has_answered = True
        ready = await process.ready()
        state = DeviceState.LOST if ready.no_dates else DeviceState.READY
        self._devices.report(_DATES, state, ready.no_dates or ready.second_best)

    async def _lost(self, why: str) -> DeviceError:
        self._devices.report(_DEVICE, DeviceState.LOST, why)
        was_good = self._has_answered
        await self._end()
        if was_good:
            await self._replace()
        return DeviceError(why)

    async def _replace(self) -> None:
        self._has_answered = False
        self._fresh = True
        try:
            self._process = await WorkerProcess.start(self._settings.reader)
        except OSError as error:
            self._devices.report(_DEVICE, DeviceState.LOST, str(error))

    async def _end(self) -> None:
        if self._process is not None:
            process, self._process = self._process, None
            await process.kill()

    def _window(self) -> Window:
        today = self._clock.now().date()
        return Window.around(
            today,
            past_days=self._session.past_days,
            ahead_years=self._session.ahead_years,
            spellings=self._settings.spellings,
        )
