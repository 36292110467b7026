"""A webcam, or any other V4L2 device, through OpenCV."""

import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.adapters.own_thread import OwnThread
from befresh_agent.errors import DeviceError
from befresh_agent.ports.camera import Frame

if TYPE_CHECKING:
    import cv2
    from cv2.typing import MatLike

_OPEN_S = 15.0
_FRAME_S = 5.0
_FORMATS = ("YUYV", "MJPG")
"""Asked for in this order: without being asked, OpenCV may hand out undecoded bytes."""
_WAITING_S = 0.005
"""A frame that comes sooner than this was lying in the driver's buffer."""
_MOST_BUFFERED = 8


class OpencvCamera:
    def __init__(self, device: str, *, width: int, height: int) -> None:
        self._device = device
        self._size = (width, height)
        self._thread: OwnThread | None = None
        self._capture: cv2.VideoCapture | None = None

    async def __aenter__(self) -> Self:
        thread = OwnThread("camera")
        try:
            self._capture = await thread.call(self._open, _OPEN_S)
        except BaseException:
            await thread.end()
            raise
        self._thread = thread
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        capture, thread = self._capture, self._thread
        self._capture = self._thread = None
        if capture is not None and thread is not None:
            await thread.end(capture.release)

    async def frame(self) -> Frame:
        capture, thread = self._capture, self._thread
        if capture is None or thread is None:
            raise DeviceError(f"{self._device} is not open")
        return await thread.call(lambda: self._take(capture), _FRAME_S)

    def _open(self) -> "cv2.VideoCapture":
        try:
            import cv2
        except ImportError as error:
            raise DeviceError("OpenCV is missing", remedy="pip install 'befresh-agent[vision]'") from error

        # Other backends take device files too, and know nothing of the formats asked for.
        backend = cv2.CAP_V4L2 if self._device.startswith("/dev/") else cv2.CAP_ANY
        for name in _FORMATS:
            capture = cv2.VideoCapture(self._device, backend)
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*name))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
            ok, picture = capture.read()
            if ok and _is_picture(picture):
                return capture
            capture.release()
        raise DeviceError(f"{self._device} gives no pictures", remedy="see `v4l2-ctl --list-devices`")

    def _take(self, capture: "cv2.VideoCapture") -> Frame:
        import cv2

        for _ in range(_MOST_BUFFERED):
            began = time.monotonic()
            if not capture.grab():
                raise DeviceError(f"{self._device} stopped sending pictures")
            if time.monotonic() - began > _WAITING_S:
                break
        ok, picture = capture.retrieve()
        if not ok:
            raise DeviceError(f"{self._device} sent a damaged picture")
        gray = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        return Frame(gray.shape[1], gray.shape[0], gray.tobytes())


def _is_picture(picture: "MatLike") -> bool:
    return picture.shape[0] > 1 and (picture.ndim == 2 or picture.shape[2] == 3)
