"""A webcam, or any other V4L2 device, through OpenCV.

In: a device and a size. Out: gray frames. It is opened in the camera's own process alone (`camera/camera_worker.py`).
"""

import os
import time
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Frame
from befresh_agent.runtime.remedies import missing

if TYPE_CHECKING:
    import cv2
    from cv2.typing import MatLike

_FORMATS = ("YUYV", "MJPG")
"""Asked for in this order: without being asked, OpenCV may hand out undecoded bytes."""
_WAITING_S = 0.005
"""A frame that comes sooner than this was lying in the driver's buffer."""
_MOST_BUFFERED = 8


class OpencvCamera:
    def __init__(self, device: str, *, width: int, height: int) -> None:
        self._device = device
        self._size = (width, height)
        self._capture: cv2.VideoCapture | None = None

    def __enter__(self) -> Self:
        os.environ.setdefault("OPENCV_LOG_LEVEL", "ERROR")  # its warnings go past every log; what fails is told here
        try:
            import cv2
        except ImportError as error:
            raise missing(error, "vision") from error

        # Other backends take device files too, and know nothing of the formats asked for.
        backend = cv2.CAP_V4L2 if self._device.startswith("/dev/") else cv2.CAP_ANY
        for name in _FORMATS:
            capture = cv2.VideoCapture(self._device, backend)
            capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*name))
            capture.set(cv2.CAP_PROP_FRAME_WIDTH, self._size[0])
            capture.set(cv2.CAP_PROP_FRAME_HEIGHT, self._size[1])
            ok, picture = capture.read()
            if ok and _is_picture(picture):
                self._capture = capture
                return self
            capture.release()
        raise DeviceError(f"{self._device} gives no pictures", remedy="see `v4l2-ctl --list-devices`")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._capture is not None:
            self._capture.release()
        self._capture = None

    def take(self) -> Frame:
        """The newest frame."""
        import cv2

        if self._capture is None:
            raise DeviceError(f"{self._device} is not open")
        for _ in range(_MOST_BUFFERED):
            began = time.monotonic()
            if not self._capture.grab():
                raise DeviceError(f"{self._device} stopped sending pictures")
            if time.monotonic() - began > _WAITING_S:
                break
        ok, picture = self._capture.retrieve()
        if not ok or not _is_picture(picture):
            raise DeviceError(f"{self._device} sent a damaged picture")
        gray = picture if picture.ndim == 2 else cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        return Frame(gray.shape[1], gray.shape[0], gray.tobytes())


def _is_picture(picture: "MatLike") -> bool:
    return picture.shape[0] > 1 and (picture.ndim == 2 or picture.shape[2] == 3)
