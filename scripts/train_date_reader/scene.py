"""A piece of a photo under way: lines are printed into it, and where the dates are is written down.

Out: the picture and, for every cell of 4 x 4 pixels, whether it lies on a date, how high its digits are and which way
the line runs.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from befresh_agent.vision.dates.date_map import CELL, USUAL_HEIGHT

from .camera import photograph
from .clutter import clutter
from .fonts import CAP, Picture
from .ink import Ink
from .surface import accidents, shade_of_ink, surface, wear

Rng = np.random.Generator
SIDE = 320
UNKNOWN = 0.5
"""Cells at the border of a date and on cut or unreadable ones: they teach nothing."""
EDGE = 8
"""A date whose middle is nearer to the picture's edge than this is cut too much to be asked for."""
TARGETS = ("date", "height", "cosine", "sine")
"""What is known of each cell; the height as a logarithm, beside `USUAL_HEIGHT`."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a line is printed: its centre, height of digits and angle (in the picture, y downwards)."""

    x: float
    y: float
    digit: float
    angle: float

    def matrix(self, ink: Ink) -> NDArray[np.float64]:
        """From pixels of the ink to pixels of the scene."""
        scale = self.digit / CAP
        matrix = np.asarray(cv2.getRotationMatrix2D((0, 0), -np.degrees(self.angle), scale), np.float64)
        middle = np.array([ink.opacity.shape[1] / 2, ink.opacity.shape[0] / 2])
        matrix[:, 2] = np.array([self.x, self.y]) - matrix[:, :2] @ middle
        return matrix

    def corners(self, ink: Ink, left: float, right: float, half_height: float) -> NDArray[np.float32]:
        """A part of the line as a turned rectangle; `half_height` counts in digit heights."""
        middle, reach = ink.opacity.shape[0] / 2, half_height * CAP
        box = np.array([[left, middle - reach], [right, middle - reach], [right, middle + reach],
                        [left, middle + reach]])  # fmt: skip
        matrix = self.matrix(ink)
        return np.asarray(box @ matrix[:, :2].T + matrix[:, 2], np.float32)

    def next_line(self, pitch: float, shift: float) -> "Place":
        down, along = pitch * self.digit, shift * self.digit
        cosine, sine = np.cos(self.angle), np.sin(self.angle)
        return Place(self.x + along * cosine - down * sine, self.y + along * sine + down * cosine, self.digit,
                     self.angle)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Mark:
    """A date in the scene: the rectangle with its border, the one through the middle of its digits."""

    place: Place
    outer: NDArray[np.float32]
    inner: NDArray[np.float32]
    certain: bool


class Scene:
    """A picture under way, and what is known about it."""

    def __init__(self, rng: Rng) -> None:
        self._rng = rng
        self.plane, self._base = surface(rng, SIDE, SIDE, float(rng.uniform(40, 200)))
        clutter(self.plane, rng)
        self._taken = np.zeros((SIDE, SIDE), np.uint8)
        self._marks: list[Mark] = []
        self.smallest = 30.0

    def angle(self) -> float:
        """Mostly level, sometimes tilted, sometimes any way round."""
        kind = self._rng.random()
        spread = 6 if kind < 0.55 else 25 if kind < 0.8 else 180
        return float(np.radians(self._rng.uniform(-spread, spread) if spread > 90 else self._rng.normal(0, spread)))

    def somewhere(self, middle: NDArray[np.float64], digit: float) -> Place:
        return Place(float(middle[0]), float(middle[1]), digit, self.angle())

    def write(self, ink: Ink, place: Place, contrast: float, *, on_label: bool) -> bool:
        """Print a line, unless something stands there already."""
        spot = _spot(ink, place)
        if (spot & self._taken).any():
            return False
        self._taken |= spot
        if on_label:
            self.lay_paper(ink, place, self._rng.uniform(0.7, 1.6))
        fine = cv2.GaussianBlur(ink.opacity, (0, 0), max(0.4 * CAP / place.digit, 0.3))
        opacity = cv2.warpAffine(fine, place.matrix(ink), (SIDE, SIDE), flags=cv2.INTER_LINEAR)
        covered = wear(np.asarray(opacity, np.float32) / 255, self._rng)
        middle = float(self.plane[spot > 0].mean()) if spot.any() else self._base
        ink_shade = shade_of_ink(self._rng, middle, contrast)
        self.plane = np.asarray(self.plane * (1 - covered) + ink_shade * covered, np.float32)
        return True

    def lay_paper(self, ink: Ink, place: Place, half_height: float) -> None:
        """A plain label for a line, or for the lines around it."""
        paper = place.corners(ink, -20, ink.opacity.shape[1] + 20, half_height).astype(np.int32)
        cv2.fillPoly(self.plane, [paper], (float(self._rng.uniform(30, 250)),), cv2.LINE_AA)

    def free(self, ink: Ink, place: Place) -> None:
        """Let a line be printed over this one."""
        self._taken[_spot(ink, place) > 0] = 0

    def mark(self, ink: Ink, place: Place, first: int, last: int, *, readable: bool) -> None:
        """Note the letters from `first` to `last` as a date."""
        left, right = ink.letters[first].left, ink.letters[last].right
        outer = place.corners(ink, left - 0.3 * CAP, right + 0.3 * CAP, 0.75)
        inner = place.corners(ink, left + 0.1 * CAP, right - 0.1 * CAP, 0.28)
        middle = outer.mean(axis=0)
        certain = readable and bool((middle > EDGE).all() and (middle < SIDE - EDGE).all())
        self._marks.append(Mark(place, outer, inner, certain))
        self.smallest = min(self.smallest, place.digit)

    def cells(self) -> NDArray[np.float16]:
        """Layers of `TARGETS`; borders first, so that they never cover a date beside them."""
        cells = np.zeros((len(TARGETS), SIDE // CELL, SIDE // CELL), np.float32)
        for mark in self._marks:
            geometry = (np.log(mark.place.digit / USUAL_HEIGHT), np.cos(mark.place.angle), np.sin(mark.place.angle))
            for layer, value in zip(cells, (UNKNOWN, *geometry), strict=True):
                _fill(layer, mark.outer, float(value))
        for mark in self._marks:
            _fill(cells[0], mark.inner, 1.0 if mark.certain else UNKNOWN)
        return cells.astype(np.float16)

    def photo(self, contrast: float) -> Picture:
        plane = accidents(self.plane, self._base, contrast, self._rng)
        return photograph(plane, self.smallest, contrast, self._rng)


def _spot(ink: Ink, place: Place) -> Picture:
    """The pixels a line takes."""
    spot = np.zeros((SIDE, SIDE), np.uint8)
    cv2.fillPoly(spot, [place.corners(ink, 0, ink.opacity.shape[1], 0.8).astype(np.int32)], (1,))
    return spot


def _fill(layer: NDArray[np.float32], corners: NDArray[np.float32], value: float) -> None:
    points = np.round((corners / CELL - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(layer, [points], (value,), cv2.LINE_8, 4)
