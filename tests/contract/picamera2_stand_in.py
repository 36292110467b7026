"""Stands where the Raspberry Pi's camera stands: the part of picamera2 that the adapter uses, with its habits."""

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

LIGHT = 180
STRIDE = 64
"""libcamera pads every row to a multiple of this."""


class FakePicamera2:
    made: ClassVar[list["FakePicamera2"]] = []
    camera_controls: ClassVar[dict[str, Any]] = {"AfMode": (0, 2, 0)}
    refusal: ClassVar[Exception | None] = None
    fault: ClassVar[Exception | None] = None
    stalled: ClassVar[bool] = False
    own_size: ClassVar[tuple[int, int] | None] = None

    def __init__(self) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.controls: dict[str, Any] = {}
        self.closed = self.flushed = False
        self._size = (0, 0)
        self._running = False
        self.made.append(self)

    @classmethod
    def reset(cls) -> None:
        cls.made.clear()
        cls.camera_controls = {"AfMode": (0, 2, 0)}
        cls.refusal = cls.fault = cls.own_size = None
        cls.stalled = False

    def create_video_configuration(self, *, main: dict[str, Any], queue: bool) -> dict[str, Any]:
        assert main["format"] == "YUV420"
        assert not queue
        return {"main": main}

    def configure(self, configuration: dict[str, Any]) -> None:
        self._size = self.own_size or configuration["main"]["size"]

    def camera_configuration(self) -> dict[str, Any]:
        return {"main": {"size": self._size}}

    def set_controls(self, controls: dict[str, Any]) -> None:
        self.controls |= controls

    def start(self) -> None:
        if self.fault is not None:
            raise self.fault
        self._running = True

    def cancel_all_and_flush(self) -> None:
        self.flushed = True

    def capture_array(self, name: str, wait: float) -> NDArray[np.uint8]:
        assert self._running
        assert wait > 0
        if self.stalled:
            raise TimeoutError
        assert name == "main"
        width, height = self._size
        planes = np.zeros((height * 3 // 2, -(-width // STRIDE) * STRIDE), np.uint8)
        planes[:height, :width] = LIGHT
        return planes

    def close(self) -> None:
        self.closed = True
