"""One training example for the date finder: a piece of a photo with packs, print, and perhaps dates.

Out: the picture and, for every cell of 4 x 4 pixels, whether it lies on a date, how high its digits are and which way
the line runs.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from befresh_agent.vision.decoders.date_map import CELL, USUAL_HEIGHT

from .camera import photograph
from .fonts import CAP, Faces, Picture
from .ink import Ink, Style, choose_style, draw_line, face_style
from .surface import accidents, shade_of_ink, surface, wear
from .words import any_date, lot, neighbours, words

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

    def __init__(self, rng: Rng, faces: Faces) -> None:
        self._rng = rng
        self._faces = faces
        self.plane, self._base = surface(rng, SIDE, SIDE, float(rng.uniform(40, 200)))
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

    def clutter(self) -> None:
        """Edges of packs, shelves, hands."""
        for _ in range(int(self._rng.integers(0, 6))):
            corners = self._rng.uniform(-0.3 * SIDE, 1.3 * SIDE, (int(self._rng.integers(3, 6)), 2)).astype(np.int32)
            cv2.fillPoly(self.plane, [cv2.convexHull(corners)], (float(self._rng.uniform(5, 250)),), cv2.LINE_AA)

    def write(self, ink: Ink, place: Place, contrast: float, *, on_label: bool) -> bool:
        """Print a line, unless something stands there already."""
        outline = place.corners(ink, 0, ink.opacity.shape[1], 0.8).astype(np.int32)
        spot = np.zeros_like(self._taken)
        cv2.fillPoly(spot, [outline], (1,))
        if (spot & self._taken).any():
            return False
        self._taken |= spot
        if on_label:
            paper = place.corners(ink, -20, ink.opacity.shape[1] + 20, self._rng.uniform(0.7, 1.6)).astype(np.int32)
            cv2.fillPoly(self.plane, [paper], (float(self._rng.uniform(30, 250)),), cv2.LINE_AA)
        opacity = cv2.warpAffine(ink.opacity, place.matrix(ink), (SIDE, SIDE), flags=cv2.INTER_AREA)
        soft = cv2.GaussianBlur(opacity, (0, 0), max(0.3, 0.14 * CAP / place.digit))
        covered = wear(np.asarray(soft, np.float32) / 255, self._rng)
        middle = float(self.plane[spot > 0].mean()) if spot.any() else self._base
        ink_shade = shade_of_ink(self._rng, middle, contrast)
        self.plane = np.asarray(self.plane * (1 - covered) + ink_shade * covered, np.float32)
        return True

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


def _fill(layer: NDArray[np.float32], corners: NDArray[np.float32], value: float) -> None:
    points = np.round((corners / CELL - 0.5) * 16).astype(np.int32)
    cv2.fillPoly(layer, [points], (value,), cv2.LINE_8, 4)


def render_scene(rng: Rng, faces: Faces) -> tuple[Picture, NDArray[np.float16]]:
    scene = Scene(rng, faces)
    scene.clutter()
    contrast = float(rng.uniform(28, 70) if rng.random() < 0.3 else rng.uniform(60, 220))
    for _ in range(int(rng.choice([0, 1, 2, 2, 3]))):
        _print_dates(scene, contrast, faces, rng)
    for _ in range(int(rng.integers(0, 6))):
        _print_paragraph(scene, faces, rng)
    for _ in range(int(rng.integers(0, 3))):
        place = scene.somewhere(rng.uniform(0, SIDE, 2), float(rng.uniform(20, 90)))
        scene.write(draw_line(words(rng, 1, 3), face_style(rng, faces), rng), place, 120.0, on_label=False)
    if rng.random() < 0.3:
        _print_bars(scene, rng)
    return scene.photo(contrast), scene.cells()


def _print_dates(scene: Scene, contrast: float, faces: Faces, rng: Rng) -> None:
    """One to three lines in one style, of which most hold a date."""
    style: Style = choose_style(rng, faces)
    digit = float(np.exp(rng.uniform(np.log(5.5), np.log(36))))
    place = scene.somewhere(rng.uniform(0.1 * SIDE, 0.9 * SIDE, 2), digit)
    label = bool(rng.random() < 0.4)
    for _ in range(int(rng.choice([1, 1, 2, 2, 3]))):
        before, behind = neighbours(rng)
        date = any_date(rng) if rng.random() < 0.85 else ""
        text = before + date + behind or lot(rng)
        ink = draw_line(text, style, rng)
        if scene.write(ink, place, contrast, on_label=label) and date:
            readable = contrast > 40 and digit > 6.5
            scene.mark(ink, place, len(before), len(before + date) - 1, readable=readable)
        place = place.next_line(float(rng.uniform(1.6, 2.2)), float(rng.normal(0, 1)))
        label = False


def _print_paragraph(scene: Scene, faces: Faces, rng: Rng) -> None:
    """Ingredients, nutrition facts, addresses."""
    style = face_style(rng, faces) if rng.random() < 0.85 else choose_style(rng, faces)
    digit = float(np.exp(rng.uniform(np.log(4), np.log(14))))
    place = scene.somewhere(rng.uniform(0, SIDE, 2), digit)
    contrast = float(rng.uniform(50, 200))
    for _ in range(int(rng.integers(1, 7))):
        scene.write(draw_line(words(rng, 2, 6), style, rng), place, contrast, on_label=False)
        place = place.next_line(float(rng.uniform(1.6, 2.2)), float(rng.normal(0, 0.3)))


def _print_bars(scene: Scene, rng: Rng) -> None:
    """A bar code with its number."""
    bars = (rng.random((1, int(rng.integers(40, 95)))) > 0.5).astype(np.uint8)
    opacity = np.repeat(bars, 3, axis=1).repeat(3 * CAP, axis=0) * 255
    place = scene.somewhere(rng.uniform(0, SIDE, 2), float(rng.uniform(8, 30)))
    scene.write(Ink(np.asarray(opacity, np.uint8), ()), place, 150.0, on_label=True)
