"""A line of print cut out of a picture and turned upright."""

import cv2

from befresh_agent.vision.decoders.boxes import Box
from befresh_agent.vision.gray import Gray

HEIGHT = 44
"""Pixels; the print in it is about 30 high, where Tesseract reads best."""
_ROOM_BESIDE = 0.12
_LEAST_ROOM_BESIDE = 6
_ROOM_ABOVE_AND_BELOW = 0.22
_NARROWEST = 8


def cut(gray: Gray, box: Box) -> Gray:
    """The box with a little room around it, upright, `HEIGHT` pixels high."""
    around = 1 + 2 * _ROOM_ABOVE_AND_BELOW
    roomy = box.sized(box.width * (1 + _ROOM_BESIDE) + _LEAST_ROOM_BESIDE, box.height * around)
    return _warped(gray, roomy, HEIGHT, cv2.INTER_CUBIC)


def turned(gray: Gray, box: Box, height: int) -> Gray:
    """The box and nothing else, upright, so many pixels high."""
    scale = height / box.height
    if scale < 0.7:
        smaller = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        half = Box(box.x / 2, box.y / 2, box.width / 2, box.height / 2, box.angle)
        return turned(smaller, half, height)
    return _warped(gray, box, height, cv2.INTER_LINEAR)


def _warped(gray: Gray, box: Box, height: int, way: int) -> Gray:
    scale = height / box.height
    width = max(_NARROWEST, int(box.width * scale))
    turn = cv2.getRotationMatrix2D((box.x, box.y), box.angle, scale)
    turn[0, 2] += width / 2 - box.x
    turn[1, 2] += height / 2 - box.y
    return cv2.warpAffine(gray, turn, (width, height), flags=way, borderMode=cv2.BORDER_REPLICATE)


def whole(gray: Gray) -> Box:
    """The box whose cut is the whole picture."""
    height, width = gray.shape[:2]
    inner_width = (width - _LEAST_ROOM_BESIDE) / (1 + _ROOM_BESIDE)
    return Box(width / 2, height / 2, inner_width, height / (1 + 2 * _ROOM_ABOVE_AND_BELOW), 0)
