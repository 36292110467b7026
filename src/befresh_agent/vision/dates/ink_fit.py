"""The box that is drawn around a date: moved until it sits on the ink.

In: a picture and the box in which a date was read. Out: a box at the print's own angle, from its first to its last
stroke and as high as its digits. It is for people's eyes alone: nothing is read in it.
"""

import math
from dataclasses import replace

import cv2
import numpy as np

from befresh_agent.domain.detection import Corners
from befresh_agent.vision.dates.boxes import TextBox, turned
from befresh_agent.vision.images import Gray

_UNIT = 32
"""Pixels that the box's height takes in the cut."""
_ROOM = _UNIT // 2
"""Pixels above and below the box."""
_ASIDE = 3 * _UNIT // 2
"""Pixels before and behind it: two digits, as the reader may have read a year by its last two."""
_TURNS = tuple(map(float, range(-7, 8)))
"""Degrees by which the box may be off: print is upright where its rows stand out most."""
_REACH = round(0.3 * _UNIT)
"""A stroke so near to the box's end belongs to the date; what is further away is a word beside it."""
_GAP = 3
"""Rows without ink within a character."""
_BETWEEN = round(0.2 * _UNIT)
"""Columns without ink between two digits, at most; before a word there are more."""
_LEAST_INK = 0.015
"""A row of print has this share of ink at least."""


def fitted(gray: Gray, corners: Corners) -> Corners:
    """The corners of a box around the print; as they were where there is no print to be told from its ground."""
    box = _box(corners)
    if box.height < 4 or box.width < box.height:
        return corners
    box = max((replace(box, angle=box.angle + turn) for turn in _TURNS), key=lambda one: _contrast(gray, one))
    ink = _ink(gray, box)
    rows = _rows(ink)
    if rows is None:
        return corners
    top, bottom = rows
    columns = _columns(ink[top:bottom])
    if columns is None:
        return corners
    left, right = columns
    pixel = box.height / _UNIT
    along, across = ((left + right) / 2 - ink.shape[1] / 2) * pixel, ((top + bottom) / 2 - ink.shape[0] / 2) * pixel
    return box.moved(along, across).sized((right - left) * pixel, (bottom - top) * pixel).corners


def _box(corners: Corners) -> TextBox:
    (x0, y0), (x1, y1), (x2, y2), _ = corners
    width, height = math.hypot(x1 - x0, y1 - y0), math.hypot(x2 - x1, y2 - y1)
    return TextBox((x0 + x2) / 2, (y0 + y2) / 2, width, height, math.degrees(math.atan2(y1 - y0, x1 - x0)))


def _cut(gray: Gray, box: TextBox) -> Gray:
    """The box upright, with room around it."""
    pixel = box.height / _UNIT
    return turned(gray, box.sized(box.width + 2 * _ASIDE * pixel, box.height + 2 * _ROOM * pixel), _UNIT + 2 * _ROOM)


def _contrast(gray: Gray, box: TextBox) -> float:
    """How much the rows differ from each other: most where they run along the print."""
    return float(np.var(_cut(gray, box)[:, _ASIDE:-_ASIDE].mean(axis=1)))


def _ink(gray: Gray, box: TextBox) -> Gray:
    """1 where the cut is ink, whatever is darker."""
    cut = _cut(gray, box)
    away = cv2.absdiff(cut, np.full_like(cut, int(np.median(cut))))
    return np.asarray(cv2.threshold(away, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1], np.uint8)


def _rows(ink: Gray) -> tuple[int, int] | None:
    """From the highest to below the lowest row of the print in the middle."""
    full = np.flatnonzero(ink[:, _ASIDE:-_ASIDE].mean(axis=1) > _LEAST_INK)
    middle = ink.shape[0] / 2
    runs = np.split(full, np.flatnonzero(np.diff(full) > _GAP) + 1)
    print_ = next((run for run in runs if run.size and run[0] <= middle <= run[-1]), None)
    return None if print_ is None else (int(print_[0]), int(print_[-1]) + 1)


def _columns(ink: Gray) -> tuple[int, int] | None:
    """From the first to behind the last column with ink, but not of what stands beside the date; no digit is cut."""
    full = ink.any(axis=0)
    within = np.flatnonzero(full)
    within = within[(within >= _ASIDE - _REACH) & (within < len(full) - _ASIDE + _REACH)]
    if not within.size:
        return None
    left, right = int(within[0]), int(within[-1]) + 1
    while full[max(0, left - _BETWEEN) : left].any():
        left -= 1
    left += int(np.argmax(full[left:]))
    while right < len(full) and full[right]:
        right += 1
    return left, right
