"""The camera and the vision stage while a session is open.

In: frames. Out: findings. A camera or worker that is missing or dies is tried again; the session goes on without it.
"""

import asyncio
import contextlib
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from befresh_agent.domain.detection import Findings
from befresh_agent.domain.events import DeviceState
from befresh_agent.errors import DeviceError
from befresh_agent.events import Devices
from befresh_agent.ports.camera import Camera, Frame
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.recogniser import Recogniser

_AGAIN_S = 2.0


class Eyes:
    """Shows the newest frame to the recogniser, one at a time, for as long as `watch` runs."""

    def __init__(
        self,
        camera: Callable[[], AbstractAsyncContextManager[Camera]],
        recogniser: AbstractAsyncContextManager[Recogniser],
        clock: Clock,
        devices: Devices,
    ) -> None:
        self._camera = camera
        self._recogniser = recogniser
        self._clock = clock
        self._devices = devices

    async def watch(self, found: Callable[[Findings], None]) -> None:
        """Hand every frame's findings to `found`, until cancelled."""
        while True:
            with contextlib.suppress(DeviceError):  # reported by the vision stage
                async with self._recogniser as recogniser:
                    await self._through_the_camera(recogniser, found)
            await self._clock.sleep(_AGAIN_S)

    async def _through_the_camera(self, recogniser: Recogniser, found: Callable[[Findings], None]) -> None:
        while True:
            try:
                async with self._camera() as camera:
                    await self._look(camera, recogniser, found)
            except DeviceError as error:
                self._devices.report("camera", DeviceState.LOST, str(error))
            await self._clock.sleep(_AGAIN_S)

    async def _look(self, camera: Camera, recogniser: Recogniser, found: Callable[[Findings], None]) -> None:
        frame = await camera.frame()  # a camera that opens and shows nothing does not work
        self._devices.report("camera", DeviceState.LIVE)
        try:
            await self._show_frames(frame, camera, recogniser, found)
        except asyncio.CancelledError:
            self._devices.report("camera", DeviceState.READY)
            raise

    @staticmethod
    async def _show_frames(
        frame: Frame, camera: Camera, recogniser: Recogniser, found: Callable[[Findings], None]
    ) -> None:
        while True:
            try:
                findings = await recogniser.look(frame)
            except DeviceError:
                pass  # reported by the vision stage, which replaces its worker
            else:
                found(findings)
            frame = await camera.frame()
