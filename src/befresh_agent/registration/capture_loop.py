"""The camera and the vision stage while a session is open.

In: frames. Out: findings. A camera or worker that is missing or dies is tried again; the session goes on without it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from befresh_agent.domain.detection import FrameFindings
from befresh_agent.domain.events import DeviceState
from befresh_agent.errors import DeviceError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import Camera, Frame
from befresh_agent.ports.recogniser import Recogniser
from befresh_agent.registration.rules.frame_order import FrameOrder
from befresh_agent.runtime.event_bus import DeviceRegistry

_AGAIN_S = 2.0
_LONGEST_PAUSE_S = 60.0
"""A camera that stays away is tried less and less often: every attempt starts a process."""


class CaptureLoop:
    """Shows the newest frames to the recogniser, as many at a time as it has places, for as long as `watch` runs."""

    def __init__(
        self,
        camera: Callable[[], AbstractAsyncContextManager[Camera]],
        recogniser: AbstractAsyncContextManager[Recogniser],
        clock: Clock,
        devices: DeviceRegistry,
    ) -> None:
        self._camera = camera
        self._recogniser = recogniser
        self._clock = clock
        self._devices = devices
        self._pause_s = _AGAIN_S

    async def watch(self, found: Callable[[FrameFindings], None]) -> None:
        """Hand every frame's findings to `found`, until cancelled."""
        while True:
            with contextlib.suppress(DeviceError):  # reported by the vision stage
                async with self._recogniser as recogniser:
                    await self._through_the_camera(recogniser, found)
            await self._clock.sleep(_AGAIN_S)

    async def _through_the_camera(self, recogniser: Recogniser, found: Callable[[FrameFindings], None]) -> None:
        self._pause_s = _AGAIN_S
        while True:
            try:
                async with self._camera() as camera:
                    await self._look(camera, recogniser, found)
            except DeviceError as error:
                self._devices.report("camera", DeviceState.LOST, str(error))
            await self._clock.sleep(self._pause_s)
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S)

    async def _look(self, camera: Camera, recogniser: Recogniser, found: Callable[[FrameFindings], None]) -> None:
        frame = await camera.frame()  # a camera that opens and shows nothing does not work
        self._devices.report("camera", DeviceState.LIVE)
        self._pause_s = _AGAIN_S
        try:
            await self._show_frames(frame, camera, recogniser, found)
        except asyncio.CancelledError:
            self._devices.report("camera", DeviceState.READY)
            raise

    @staticmethod
    async def _show_frames(
        frame: Frame, camera: Camera, recogniser: Recogniser, found: Callable[[FrameFindings], None]
    ) -> None:
        looks = _Looks(recogniser, found)
        async with asyncio.TaskGroup() as tasks:
            try:
                while True:
                    tasks.create_task(looks.at(frame))
                    await looks.place()
                    frame = await camera.frame()
            except DeviceError as error:
                lost = error  # what was taken before is still read
        raise lost


class _Looks:
    """Frames read side by side; what they show is told in the order in which they were taken."""

    def __init__(self, recogniser: Recogniser, found: Callable[[FrameFindings], None]) -> None:
        self._recogniser = recogniser
        self._found = found
        self._free = asyncio.Semaphore(recogniser.places - 1)  # the first one has its place already
        self._order = FrameOrder[FrameFindings](patience=2 * recogniser.places)

    async def place(self) -> None:
        """Wait until the next frame would be read at once: one that is taken before would be old by then."""
        await self._free.acquire()

    async def at(self, frame: Frame) -> None:
        number, findings = self._order.take(), None
        with contextlib.suppress(DeviceError):  # reported by the vision stage, which replaces its worker
            findings = await self._recogniser.look(frame)
        self._free.release()
        for told in self._order.done(number, findings):
            self._found(told)
