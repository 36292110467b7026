"""The Raspberry Pi's camera through picamera2 (libcamera)."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.adapters.own_thread import OwnThread
from befresh_agent.errors import DeviceError
from befresh_agent.ports.camera import Frame

if TYPE_CHECKING:
    from picamera2 import Picamera2

_OPEN_S = 15.0
_FRAME_S = 5.0
_WAIT_S = 4.0
"""Less than the above: so the camera gives up before its thread counts as hanging, and can be closed."""
_CONTINUOUS_AUTOFOCUS = 2
"""libcamera.controls.AfModeEnum.Continuous"""
_REMEDY = "run scripts/install.sh on Raspberry Pi OS, which alone has python3-picamera2; or take a USB camera"


class PicameraCamera:
    """Streams YUV420, whose first plane is the gray picture: nothing has to be converted."""

    def __init__(self, *, width: int, height: int) -> None:
        self._size = (width, height)
        self._thread: OwnThread | None = None
        self._camera: Picamera2 | None = None

    async def __aenter__(self) -> Self:
        thread = OwnThread("camera")
        try:
            self._camera = await thread.call(self._open, _OPEN_S)
        except BaseException:
            await thread.end()
            raise
        self._thread = thread
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        camera, thread = self._camera, self._thread
        self._camera = self._thread = None
        if camera is not None and thread is not None:
            await thread.end(camera.close)

    async def frame(self) -> Frame:
        camera, thread = self._camera, self._thread
        if camera is None or thread is None:
            raise DeviceError("the camera is not open")
        return await thread.call(lambda: self._take(camera), _FRAME_S)

    def _open(self) -> "Picamera2":
        try:
            from picamera2 import Picamera2
        except ImportError as error:
            raise DeviceError("picamera2 is missing", remedy=_REMEDY) from error
        try:
            camera = Picamera2()
        except (IndexError, RuntimeError, OSError) as error:  # no camera was an IndexError before 0.3.28
            raise DeviceError(f"no camera: {error}", remedy="check its cable, and whether it is in use") from error
        try:
            self._start(camera)
        except BaseException:
            camera.close()
            raise
        return camera

    def _start(self, camera: "Picamera2") -> None:
        try:
            # No queue: a frame that was ready before it was asked for shows the past.
            camera.configure(
                camera.create_video_configuration(main={"size": self._size, "format": "YUV420"}, queue=False)
            )
            if "AfMode" in camera.camera_controls:
                camera.set_controls({"AfMode": _CONTINUOUS_AUTOFOCUS})
            camera.start()
            self._size = camera.camera_configuration()["main"]["size"]  # libcamera may have chosen its own
        except (RuntimeError, OSError) as error:
            raise DeviceError(f"the camera does not start: {error}") from error

    def _take(self, camera: "Picamera2") -> Frame:
        try:
            planes = camera.capture_array("main", wait=_WAIT_S)
        except TimeoutError as error:
            camera.cancel_all_and_flush()
            raise DeviceError(f"no picture for {_WAIT_S:g} s", remedy="check the camera's cable") from error
        except (RuntimeError, OSError) as error:
            raise DeviceError(f"the camera stopped: {error}") from error
        width, height = self._size
        return Frame(width, height, planes[:height, :width].tobytes())
