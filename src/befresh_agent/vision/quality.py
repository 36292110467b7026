"""Why nothing may be readable in a frame: what a person before the camera can do better.

In: a gray frame in which nothing was found. Out: a hint, or None where nothing is wrong (there may be nothing to see).
"""

from collections.abc import Callable

import cv2
import numpy as np

from befresh_agent.domain.detection import Hint
from befresh_agent.vision.gray import Gray, shrunk

_SIDE = 640
_DARK = 45
"""When almost no pixel is brighter than this, print cannot be told from noise."""
_BRIGHTEST = 98
_NEIGHBOURHOOD = np.ones((15, 15), np.uint8)
_SOMETHING = 40
"""Gray levels between the dark and the light side of things; below there is nothing to be sharp."""
_BLURRED = 0.12
"""Steepest slope as a share of the highest contrast: 0.3 in sharp pictures, below this print of any size is lost."""


def hint_for(gray: Gray, is_too_close: Callable[[Gray], bool]) -> Hint | None:
    """What is too close is blurred as well, but holding it still would not help."""
    small = shrunk(gray, _SIDE)
    if np.percentile(small, _BRIGHTEST) < _DARK:
        return Hint.TOO_DARK
    if is_too_close(gray):
        return Hint.TOO_CLOSE
    return Hint.BLURRED if _is_blurred(small) else None


def _is_blurred(small: Gray) -> bool:
    contrast = cv2.subtract(cv2.dilate(small, _NEIGHBOURHOOD), cv2.erode(small, _NEIGHBOURHOOD))
    if np.percentile(contrast, 95) < _SOMETHING:
        return False
    right, down = (cv2.Sobel(small, cv2.CV_32F, x, 1 - x, scale=1 / 8) for x in (1, 0))
    steepest = np.percentile(cv2.magnitude(right, down), 99.5)
    return bool(steepest < _BLURRED * np.percentile(contrast, 99.5))
