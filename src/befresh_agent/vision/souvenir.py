"""A small picture of a frame, for people to look at. Runs inside the vision worker."""

import cv2

from befresh_agent.ports.camera import Frame
from befresh_agent.vision.gray import from_frame, shrunk

_QUALITY = 60


def small_jpeg(frame: Frame, side: int) -> bytes:
    """The frame with at most that long side."""
    _, jpeg = cv2.imencode(".jpg", shrunk(from_frame(frame), side), (cv2.IMWRITE_JPEG_QUALITY, _QUALITY))
    return jpeg.tobytes()
