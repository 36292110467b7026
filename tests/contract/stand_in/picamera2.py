"""Stands where the Raspberry Pi's camera stands: the part of picamera2 that the adapter uses, with its habits.

Another process imports it by PYTHONPATH. `PICAMERA2_STAND_IN` says as JSON how it behaves, see `Habits`.
"""

import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

LIGHT = 180
STRIDE = 64
"""libcamera pads every row to a multiple of this."""


@dataclass
class Habits:
    cameras: int = 1
    autofocus: bool = True
    import_fails: str = ""
    """What importing it raises as ValueError."""
    refusal: str = ""
    """What making one raises, as RuntimeError; it has opened a pipe by then, as the real one has."""
    fault: str = ""
    """What starting raises, as RuntimeError."""
    opens_after_s: float = 0.0
    aborts_at_frame: int = 0
    """From 1: at which it ends its process, as an uncaught exception in C++ does."""
    hangs_at_frame: int = 0
    stalled: bool = False
    """Gives no pictures any more."""
    own_size: tuple[int, int] | None = None
    own_format: str = "YUV420"
    told: str = ""
    """The file that everything it is asked for is written into."""


habits = Habits(**json.loads(os.environ.get("PICAMERA2_STAND_IN", "{}")))
if habits.import_fails:
    raise ValueError(habits.import_fails)


class Picamera2:
    pipes: ClassVar[list[tuple[int, int]]] = []

    def __init__(self) -> None:
        self.pipes.append(os.pipe())
        time.sleep(habits.opens_after_s)
        if habits.refusal:
            raise RuntimeError(habits.refusal)
        self._size = (0, 0)
        self._running = False
        self._frames = 0

    @staticmethod
    def global_camera_info() -> list[dict[str, Any]]:
        return [{"Model": "imx708", "Num": number} for number in range(habits.cameras)]

    @property
    def camera_controls(self) -> dict[str, Any]:
        return {"AfMode": (0, 2, 0)} if habits.autofocus else {}

    def create_video_configuration(self, *, main: dict[str, Any], queue: bool) -> dict[str, Any]:
        assert main["format"] == "YUV420"
        assert not queue
        return {"main": main}

    def configure(self, configuration: dict[str, Any]) -> None:
        self._size = habits.own_size or configuration["main"]["size"]

    def camera_configuration(self) -> dict[str, Any]:
        return {"main": {"size": self._size, "format": habits.own_format}}

    def set_controls(self, controls: dict[str, Any]) -> None:
        _tell(f"controls {json.dumps(controls)}")

    def start(self) -> None:
        if habits.fault:
            raise RuntimeError(habits.fault)
        self._running = True
        _tell("started")

    def cancel_all_and_flush(self) -> None:
        _tell("flushed")

    def capture_array(self, name: str, wait: float) -> NDArray[np.uint8]:
        assert self._running
        assert wait > 0
        assert name == "main"
        self._frames += 1
        if self._frames == habits.aborts_at_frame:
            os.write(2, b"terminate called after throwing an instance of 'std::runtime_error'\n")
            os.abort()
        if self._frames == habits.hangs_at_frame:
            time.sleep(3600)
        if habits.stalled:
            raise TimeoutError
        return self._picture()

    def close(self) -> None:
        _tell("closed")

    def _picture(self) -> NDArray[np.uint8]:
        """As `picamera2/request.py` shapes it."""
        width, height = self._size
        if habits.own_format == "YUV420":
            planes = np.zeros((height * 3 // 2, _padded(width)), np.uint8)
            planes[:height, :width] = LIGHT
            return planes
        if habits.own_format == "MJPEG":
            return np.full((height, width, 3), LIGHT, np.uint8)
        pairs = np.zeros((height, _padded(2 * width) // 2, 2), np.uint8)
        pairs[:, :width, 0] = LIGHT
        return pairs


def _padded(length: int) -> int:
    return -(-length // STRIDE) * STRIDE


def _tell(what: str) -> None:
    if habits.told:
        with Path(habits.told).open("a") as file:
            file.write(f"{what}\n")
