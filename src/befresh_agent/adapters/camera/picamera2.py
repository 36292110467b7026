"""The Raspberry Pi's camera through picamera2 (libcamera).

In: a size. Out: gray frames. It is opened in the camera's own process alone (`camera/camera_worker.py`): the library
may hang,
leak or end that process, and does.
"""

from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from befresh_agent.errors import DeviceError, error_text
from befresh_agent.ports.devices import Frame

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from picamera2 import Picamera2

_WAIT_S = 4.0
_CONTINUOUS_AUTOFOCUS = 2
"""libcamera.controls.AfModeEnum.Continuous"""
_PLANAR = ("YUV420", "YVU420", "NV12", "NV21")
"""The gray picture is the first plane."""
_LIGHT = {"YUYV": 0, "YVYU": 0, "UYVY": 1, "VYUY": 1, "MJPEG": 1, "RGB888": 1, "BGR888": 1}
"""Which of a pixel's bytes is its light, green being near enough: so USB cameras deliver, whatever was asked for."""
_NOT_INSTALLED = "run scripts/install.sh on Raspberry Pi OS, which alone has python3-picamera2; or take a USB camera"
DOES_NOT_LOAD = (
    "finish the system's update (sudo apt full-upgrade, then restart); a package that pip has put beside Debian's may"
    " be in its way: pip list --path /usr/local/lib/python3*/dist-packages"
)
_USB = 'set camera.source = "/dev/video0" (or the one that `v4l2-ctl --list-devices` shows)'


class PicameraCamera:
    """Asks for YUV420, whose first plane is the gray picture: nothing has to be converted. Libraries' errors pass."""

    def __init__(self, *, width: int, height: int) -> None:
        self._asked = (width, height)
        self._size = self._asked
        self._format = ""
        self._camera: Picamera2 | None = None

    def __enter__(self) -> Self:
        camera = _found()
        try:
            self._start(camera)
        except BaseException:
            camera.close()
            raise
        self._camera = camera
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()

    def take(self) -> Frame:
        """The newest frame."""
        camera = self._camera
        if camera is None:
            raise DeviceError("the camera is not open")
        try:
            picture = camera.capture_array("main", wait=_WAIT_S)
        except TimeoutError as error:
            camera.cancel_all_and_flush()
            raise DeviceError(f"no picture for {_WAIT_S:g} s", remedy="check the camera's cable") from error
        return gray(picture, self._format, self._size)

    def _start(self, camera: "Picamera2") -> None:
        # No queue: a frame that was ready before it was asked for shows the past.
        camera.configure(camera.create_video_configuration(main={"size": self._asked, "format": "YUV420"}, queue=False))
        if "AfMode" in camera.camera_controls:
            camera.set_controls({"AfMode": _CONTINUOUS_AUTOFOCUS})
        main = camera.camera_configuration()["main"]  # libcamera may have chosen its own
        self._size, self._format = main["size"], str(main["format"])
        if self._format not in _PLANAR and self._format not in _LIGHT:
            raise DeviceError(f"this camera's pictures come as {self._format}, which cannot be read", remedy=_USB)
        camera.start()


def gray(picture: "NDArray[Any]", form: str, size: tuple[int, int]) -> Frame:
    """The gray picture in what picamera2 hands out: rows may be longer than the picture is wide."""
    width, height = size
    light = picture if form in _PLANAR else picture[:, :, _LIGHT[form]]
    return Frame(width, height, light[:height, :width].tobytes())


def _found() -> "Picamera2":
    """The first camera. It is asked for before it is opened: picamera2 leaves a pipe open for each it does not find."""
    try:
        from picamera2 import Picamera2
    except ModuleNotFoundError as error:
        if error.name == "picamera2":
            raise DeviceError("picamera2 is not installed", remedy=_NOT_INSTALLED) from error
        raise DeviceError(f"picamera2 does not load: {error}", remedy=DOES_NOT_LOAD) from error
    except Exception as error:
        kind = "" if isinstance(error, ImportError) else f"{type(error).__name__}: "
        raise DeviceError(f"picamera2 does not load: {kind}{error_text(error)}", remedy=DOES_NOT_LOAD) from error
    if not Picamera2.global_camera_info():
        raise DeviceError("no camera is connected", remedy="check both ends of its cable with the power off")
    return Picamera2()
