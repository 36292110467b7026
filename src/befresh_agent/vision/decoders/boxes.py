"""Where lines of print may be: morphology on a gray picture with a long side of about 1280 pixels.

In: the picture. Out: turned boxes around line-like blobs, the most promising first.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from befresh_agent.domain.corners import Corners
from befresh_agent.vision.gray import Gray

_INK = (21, 13)
"""Wider and higher than a stroke, smaller than a line: what a closing of this size fills in is ink."""
_FAINTEST = 18
"""Ink stands out by so many gray levels at least; below is noise and texture."""
_INKIEST_SHARE = 90
"""Only pixels above this percentile count as ink: a picture is mostly not print."""
_SPREADS = ((13, 3), (25, 5), (45, 5))
"""Joins characters into lines: tight print, wide print, and dot-matrix print with its gaps."""
_SPECKS = (9, 5)
"""Smaller than this is no text."""
_HEIGHTS = (9, 90)
_NARROWEST = 35
_ASPECTS = (1.9, 18.0)
_STEEPEST = 40.0
"""Degrees; lines of print are held roughly level."""
_DATE_ASPECTS = (4.0, 10.0)
_DATE_BONUS = 1.5
_TALL, _TALL_BONUS = 16, 1.2


@dataclass(frozen=True, slots=True)
class Box:
    """A turned rectangle: centre, length along the line, height across it, the line's angle in degrees."""

    x: float
    y: float
    width: float
    height: float
    angle: float

    def moved(self, along: float, across: float) -> "Box":
        """The same box further along its line (to the right) and across it (downwards)."""
        cosine, sine = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return replace(self, x=self.x + along * cosine - across * sine, y=self.y + along * sine + across * cosine)

    def sized(self, width: float, height: float) -> "Box":
        return replace(self, width=width, height=height)

    @property
    def corners(self) -> Corners:
        """The four corners, the upper left of the print first, then clockwise."""
        ends = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        places = (self.moved(along * self.width / 2, across * self.height / 2) for along, across in ends)
        return tuple((round(place.x), round(place.y)) for place in places)

    def is_like(self, other: "Box") -> bool:
        """Whether both are about the same place and length."""
        return (
            abs(self.x - other.x) <= 0.25 * max(self.width, other.width)
            and abs(self.y - other.y) <= 0.5 * max(self.height, other.height)
            and 0.7 < self.width / other.width < 1.4
        )


def find_boxes(gray: Gray) -> list[Box]:
    """Boxes around everything that looks like a line of print, the most promising first, each place once."""
    smooth = cv2.GaussianBlur(gray, (3, 3), 0)
    scored = [found for shape in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT) for found in _boxes_of_ink(_ink(smooth, shape))]
    scored.sort(key=lambda pair: pair[0], reverse=True)
    kept: list[Box] = []
    for _, box in scored:
        if not any(box.is_like(other) for other in kept):
            kept.append(box)
    return kept


def is_a_line(gray: Gray) -> bool:
    """Whether the picture is nothing but one line of print, cut out by somebody else."""
    height, width = gray.shape[:2]
    return height < _HEIGHTS[1] and _ASPECTS[0] < width / height < _ASPECTS[1]


def _ink(smooth: Gray, shape: int) -> Gray:
    """How much every pixel stands out: dark on light for a black hat, light on dark for a top hat."""
    return cv2.morphologyEx(smooth, shape, cv2.getStructuringElement(cv2.MORPH_RECT, _INK))


def _boxes_of_ink(ink: Gray) -> Iterator[tuple[float, Box]]:
    threshold = max(_FAINTEST, float(np.percentile(ink, _INKIEST_SHARE)))
    _, solid = cv2.threshold(ink, threshold, 255, cv2.THRESH_BINARY)
    for spread in _SPREADS:
        joined = cv2.morphologyEx(solid, cv2.MORPH_CLOSE, cv2.getStructuringElement(cv2.MORPH_RECT, spread))
        joined = cv2.morphologyEx(joined, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, _SPECKS))
        blobs, _ = cv2.findContours(joined, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
        for blob in blobs:
            box = _level(cv2.minAreaRect(blob))
            if _may_be_a_line(box):
                left, top, width, height = cv2.boundingRect(blob)
                yield _promise(float(ink[top : top + height, left : left + width].mean()), box), box


def _level(rectangle: tuple[Sequence[float], Sequence[float], float]) -> Box:
    """OpenCV's rectangle with its longer side along the line and its angle between -90 and 90 degrees."""
    (x, y), (width, height), angle = rectangle
    if width < height:
        width, height, angle = height, width, angle + 90
    return Box(x, y, width, height, (angle + 90) % 180 - 90)


def _may_be_a_line(box: Box) -> bool:
    return (
        _HEIGHTS[0] <= box.height <= _HEIGHTS[1]
        and box.width >= _NARROWEST
        and _ASPECTS[0] < box.width / box.height < _ASPECTS[1]
        and abs(box.angle) <= _STEEPEST
    )


def _promise(contrast: float, box: Box) -> float:
    shape = _DATE_BONUS if _DATE_ASPECTS[0] < box.width / box.height < _DATE_ASPECTS[1] else 1.0
    return contrast * shape * (_TALL_BONUS if box.height > _TALL else 1.0)
