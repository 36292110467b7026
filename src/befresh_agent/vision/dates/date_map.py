"""Where dates may be in a picture: a small network marks cells of 4 x 4 pixels; cells that belong together are a box.

In: a gray picture. Out: turned boxes around dates, the surest first. The network also tells how high the digits are and
which way the line runs; of print that stands on its head it knows the place, not the sense.
"""

import math
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from befresh_agent.vision.dates.boxes import TextBox
from befresh_agent.vision.images import Gray

CELL = 4
"""Pixels of the picture per cell of the map."""
USUAL_HEIGHT = 12.0
"""Digits of this height, in pixels, count as 0 in the network's logarithm of heights."""

Cells = NDArray[np.float32]
"""What the network says of every cell, shape (4, rows, columns): chance of a date, log height, cosine, sine."""

_FAINTEST = 0.02
"""A spot that promises less is not worth its time; in large pictures dates are found that promise little more."""
_BLOCK = 32
"""Sides of a picture are filled up to a multiple of this, so that few sizes occur: the network is planned for each."""
_THRESHOLDS = (0.5, 0.2, 0.8)
"""A low one catches faint print, a high one parts lines that run into each other."""
_FEWEST_CELLS = 4
_SHORTEST = 1.8
"""In digit heights: less is no date."""
_SURE_DIRECTION = 0.6
"""The network's directions of steep print cancel each other out: then the shape of the box tells more."""
_ENDS = 0.45
"""The network marks the middle of a date; its ends reach further by so many digit heights."""


class DateMap:
    """The network, loaded once."""

    def __init__(self) -> None:
        weights = files("befresh_agent.vision.dates").joinpath("date_map.onnx").read_bytes()
        self._network = cv2.dnn.readNetFromONNX(np.frombuffer(weights, np.uint8))

    def cells(self, gray: Gray) -> Cells:
        """Chance of a date, log height, cosine and sine for every cell."""
        height, width = gray.shape
        filled = cv2.copyMakeBorder(gray, 0, -height % _BLOCK, 0, -width % _BLOCK, cv2.BORDER_REPLICATE)
        self._network.setInput(((filled.astype(np.float32) - 128) / 64)[None, None])
        cells = np.asarray(self._network.forward()[0], np.float32)
        cells[0] = 1 / (1 + np.exp(-cells[0]))
        return cells


def boxes_of(cells: Cells, least: float) -> list[TextBox]:
    """Boxes in pixels of the picture that the map was made of, that promise so much at least, the surest first."""
    found = [pair for threshold in _THRESHOLDS for pair in boxes_in(cells, threshold) if pair[0] >= least]
    found.sort(key=lambda pair: pair[0], reverse=True)
    kept: list[TextBox] = []
    for _, box in found:
        if not any(box.is_like(other) for other in kept):
            kept.append(box)
    return kept


def spots_of(cells: Cells, apart: int) -> Iterator[tuple[float, float]]:
    """Places in pixels where dates may be, the likeliest first, so many cells apart from each other."""
    chances = cells[0].copy()
    while (chance := float(chances.max())) > _FAINTEST:
        row, column = (int(i) for i in np.unravel_index(int(chances.argmax()), chances.shape))
        top, left = max(0, row - apart), max(0, column - apart)
        around = chances[top : row + apart + 1, left : column + apart + 1]
        rows, columns = np.nonzero(around > 0.5 * chance)
        yield (left + float(columns.mean()) + 0.5) * CELL, (top + float(rows.mean()) + 0.5) * CELL
        around[:] = 0


def boxes_in(cells: Cells, threshold: float) -> Iterator[tuple[float, TextBox]]:
    """Every connected group of cells as a box, with what it promises."""
    date = (cells[0] > threshold).astype(np.uint8)
    count, groups, stats, _ = cv2.connectedComponentsWithStats(date)
    for group in range(1, count):
        left, top, width, height, size = (int(v) for v in stats[group])
        if size < _FEWEST_CELLS:
            continue
        rows, columns = np.nonzero(groups[top : top + height, left : left + width] == group)
        marked = cells[:, rows + top, columns + left].astype(np.float64)
        places = (np.stack([columns + left, rows + top], axis=1) + 0.5) * CELL
        box = _box_of(places, marked)
        if box is not None:
            yield float(marked[0].mean()) * math.sqrt(min(size, 60)), box


def _box_of(places: NDArray[Any], marked: NDArray[Any]) -> TextBox | None:
    """The box around cells, along the direction they agree on."""
    chances, heights, cosines, sines = marked
    right, down = float((cosines * chances).sum()), float((sines * chances).sum())
    is_sure = math.hypot(right, down) > _SURE_DIRECTION * float(chances.sum())
    turn = math.atan2(down, right) if is_sure else _longest_direction(places, chances)
    along = places @ np.array([math.cos(turn), math.sin(turn)])
    across = places @ np.array([-math.sin(turn), math.cos(turn)])
    digit = USUAL_HEIGHT * math.exp(float((heights * chances).sum() / chances.sum()))
    first, last = float(along.min()) - _ENDS * digit, float(along.max()) + _ENDS * digit
    if last - first < _SHORTEST * digit:
        return None
    middle, level = (first + last) / 2, float((across * chances).sum() / chances.sum())
    x = middle * math.cos(turn) - level * math.sin(turn)
    y = middle * math.sin(turn) + level * math.cos(turn)
    return TextBox(x, y, last - first, digit, math.degrees(turn))


def _longest_direction(places: NDArray[Any], chances: NDArray[Any]) -> float:
    """The direction in which the cells spread most; which of its two senses is the print's nobody knows."""
    spread = np.cov(places.T, aweights=chances)
    return 0.5 * math.atan2(2 * float(spread[0, 1]), float(spread[0, 0] - spread[1, 1]))
