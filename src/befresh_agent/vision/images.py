"""Gray pictures as the vision stage works with them, scaled, and as a preview for people.

Rows of bytes, 0 black to 255 white. Runs inside the vision worker.
"""

import cv2
import numpy as np
from cv2.typing import MatLike

from befresh_agent.ports.devices import Frame

Gray = MatLike

_NEAR_ENOUGH = 0.05
"""A picture whose size is off by less than this is not scaled again: scaling costs sharpness."""


def from_frame(frame: Frame) -> Gray:
    return np.frombuffer(frame.gray, np.uint8).reshape(frame.height, frame.width)


def long_side(gray: Gray) -> int:
    return max(gray.shape[:2])


def scaled(gray: Gray, side: int) -> Gray:
    """The picture enlarged or shrunk to a long side."""
    factor = side / long_side(gray)
    if abs(factor - 1) < _NEAR_ENOUGH:
        return gray
    factor = max(factor, 1 / min(gray.shape[:2]))  # a picture one pixel high stays so
    way = cv2.INTER_CUBIC if factor > 1 else cv2.INTER_AREA
    return cv2.resize(gray, None, fx=factor, fy=factor, interpolation=way)


def shrunk(gray: Gray, side: int) -> Gray:
    """The picture with at most this long side."""
    return scaled(gray, side) if long_side(gray) > side else gray


_QUALITY = 60


def preview_jpeg(frame: Frame, side: int) -> bytes:
    """The frame with at most that long side."""
    _, jpeg = cv2.imencode(".jpg", shrunk(from_frame(frame), side), (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    return jpeg.tobytes()
