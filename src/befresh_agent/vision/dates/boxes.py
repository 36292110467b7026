"""Where lines of print may be, by morphology on a gray picture of about 1280 pixels, and such lines cut out upright.

In: the picture. Out: turned boxes around line-like blobs, the most promising first; strips of one height. The angle of
a line is measured from its ink: the right slant gathers the ink in the fewest rows.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from befresh_agent.vision.images import Gray

if TYPE_CHECKING:  # training has none of the agent's own libraries
    from befresh_agent.domain.detection import Corners

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
class TextBox:
    """A turned rectangle: centre, length along the line, height across it, the line's angle in degrees."""

    x: float
    y: float
    width: float
    height: float
    angle: float

    def moved(self, along: float, across: float) -> "TextBox":
        """The same box further along its line (to the right) and across it (downwards)."""
        cosine, sine = math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle))
        return replace(self, x=self.x + along * cosine - across * sine, y=self.y + along * sine + across * cosine)

    def sized(self, width: float, height: float) -> "TextBox":
        return replace(self, width=width, height=height)

    def offset_from(self, line: "TextBox") -> tuple[float, float]:
        """How far its centre lies from another's, along that one's line and across it, in pixels."""
        cosine, sine = math.cos(math.radians(line.angle)), math.sin(math.radians(line.angle))
        right, down = self.x - line.x, self.y - line.y
        return cosine * right + sine * down, cosine * down - sine * right

    @property
    def corners(self) -> "Corners":
        """The four corners, the upper left of the print first, then clockwise."""
        ends = ((-1, -1), (1, -1), (1, 1), (-1, 1))
        places = (self.moved(along * self.width / 2, across * self.height / 2) for along, across in ends)
        return tuple((round(place.x), round(place.y)) for place in places)

    def is_like(self, other: "TextBox") -> bool:
        """Whether both are about the same place and length."""
        return (
            abs(self.x - other.x) <= 0.25 * max(self.width, other.width)
            and abs(self.y - other.y) <= 0.5 * max(self.height, other.height)
            and 0.7 < self.width / other.width < 1.4
        )


def find_boxes(gray: Gray) -> list[TextBox]:
    """Boxes around everything that looks like a line of print, the most promising first, each place once."""
    smooth = cv2.GaussianBlur(gray, (3, 3), 0)
    scored = [found for shape in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT) for found in _boxes_of_ink(_ink(smooth, shape))]
    scored.sort(key=lambda pair: pair[0], reverse=True)
    kept: list[TextBox] = []
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


def _boxes_of_ink(ink: Gray) -> Iterator[tuple[float, TextBox]]:
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


def _level(rectangle: tuple[Sequence[float], Sequence[float], float]) -> TextBox:
    """OpenCV's rectangle with its longer side along the line and its angle between -90 and 90 degrees."""
    (x, y), (width, height), angle = rectangle
    if width < height:
        width, height, angle = height, width, angle + 90
    return TextBox(x, y, width, height, (angle + 90) % 180 - 90)


def _may_be_a_line(box: TextBox) -> bool:
    return (
        _HEIGHTS[0] <= box.height <= _HEIGHTS[1]
        and box.width >= _NARROWEST
        and _ASPECTS[0] < box.width / box.height < _ASPECTS[1]
        and abs(box.angle) <= _STEEPEST
    )


def _promise(contrast: float, box: TextBox) -> float:
    shape = _DATE_BONUS if _DATE_ASPECTS[0] < box.width / box.height < _DATE_ASPECTS[1] else 1.0
    return contrast * shape * (_TALL_BONUS if box.height > _TALL else 1.0)


HEIGHT = 44
"""Pixels; the print in it is about 30 high, where Tesseract reads best."""

_ROOM_BESIDE = 0.12

_LEAST_ROOM_BESIDE = 6

_ROOM_ABOVE_AND_BELOW = 0.22

_NARROWEST_STRIP = 8


def cut(gray: Gray, box: TextBox) -> Gray:
    """The box with a little room around it, upright, `HEIGHT` pixels high."""
    around = 1 + 2 * _ROOM_ABOVE_AND_BELOW
    roomy = box.sized(box.width * (1 + _ROOM_BESIDE) + _LEAST_ROOM_BESIDE, box.height * around)
    return _warped(gray, roomy, HEIGHT, cv2.INTER_CUBIC)


def turned(gray: Gray, box: TextBox, height: int) -> Gray:
    """The box and nothing else, upright, so many pixels high."""
    scale = height / box.height
    if scale < 0.7:
        smaller = cv2.resize(gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        half = TextBox(box.x / 2, box.y / 2, box.width / 2, box.height / 2, box.angle)
        return turned(smaller, half, height)
    return _warped(gray, box, height, cv2.INTER_LINEAR)


def _warped(gray: Gray, box: TextBox, height: int, way: int) -> Gray:
    scale = height / box.height
    width = max(_NARROWEST_STRIP, int(box.width * scale))
    turn = cv2.getRotationMatrix2D((box.x, box.y), box.angle, scale)
    turn[0, 2] += width / 2 - box.x
    turn[1, 2] += height / 2 - box.y
    return cv2.warpAffine(gray, turn, (width, height), flags=way, borderMode=cv2.BORDER_REPLICATE)


def whole(gray: Gray) -> TextBox:
    """The box whose cut is the whole picture."""
    height, width = gray.shape[:2]
    inner_width = (width - _LEAST_ROOM_BESIDE) / (1 + _ROOM_BESIDE)
    return TextBox(width / 2, height / 2, inner_width, height / (1 + 2 * _ROOM_ABOVE_AND_BELOW), 0)


_LINE = 12
"""Pixels of the line's height in which it is measured."""

_ROOM = 3.0
"""Heights of the line that are looked at across it: what is turned leaves the box."""

_MOST, _STEP = 24, 2
"""Degrees to either side, and how finely."""

_WIDEST = 160

_CLEARLY = 1.15
"""The level rows must be so many times as uneven as they are in the box's own angle, or it stays."""


def angle_off(gray: Gray, box: TextBox) -> float:
    """Degrees by which the print runs steeper (clockwise) than the box; 0 where no angle is clearly better."""
    tall = box.sized(min(box.width, _WIDEST / _LINE * box.height), box.height * _ROOM)
    line = turned(gray, tall, round(_LINE * _ROOM))
    ink = np.abs(line.astype(np.float32) - cv2.blur(line, (_LINE * 2 + 1, _LINE * 2 + 1)).astype(np.float32))
    unevenness = [_unevenness(ink, offset) for offset in _offsets()]
    best = int(np.argmax(unevenness))
    own = unevenness[len(unevenness) // 2]
    return float(_offsets()[best]) if unevenness[best] > _CLEARLY * own else 0.0


@cache
def _offsets() -> tuple[int, ...]:
    return tuple(range(-_MOST, _MOST + 1, _STEP))


def _unevenness(ink: NDArray[np.float32], degrees: float) -> float:
    """How differently full the rows are when the picture is slanted back by an angle."""
    height, width = ink.shape
    slope = float(np.tan(np.radians(degrees)))
    slant = np.array([[1, 0, 0], [-slope, 1, slope * width / 2]], np.float32)
    rows = cv2.warpAffine(ink, slant, (width, height)).sum(axis=1)
    return float(np.square(np.diff(rows)).sum())
