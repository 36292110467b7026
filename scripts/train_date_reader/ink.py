"""One line of ink: a text in the manner of a printer.

In: a text and a style. Out: its opacity on a strip 3 CAP high (digits in the middle third) and where each letter is.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from .fonts import CAP, Faces, Picture, choose_face, letter, letter_grid

Rng = np.random.Generator
DOT_LETTERS = Path(__file__).with_name("dot_letters.txt")
ROW = 3 * CAP


@dataclass(frozen=True, slots=True)
class Letter:
    """Where a letter stands in its line, in pixels."""

    left: float
    right: float
    char: str


@dataclass(frozen=True, slots=True)
class Ink:
    """A printed line."""

    opacity: Picture
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class DotStyle:
    """Ink-jet: round dots on a grid, from typed letters (`face` is None) or a typeface with few rows."""

    face: Path | None
    korean: Path
    rows: int
    form: int
    pitch: float
    radius: float
    smear: float
    uneven: float
    lost: float
    gap: float
    bold: bool


@dataclass(frozen=True, slots=True)
class FaceStyle:
    """Thermal transfer, laser or press: a typeface, or one-stroke letters (`stroke` says how thick)."""

    face: Path
    korean: Path
    stroke: int
    hershey: int
    stretch: float
    spacing: float
    weight: int
    monospaced: bool
    dance: float


Style = DotStyle | FaceStyle


@cache
def typed_letters() -> dict[str, tuple[Picture, ...]]:
    forms: dict[str, list[Picture]] = {}
    for line in DOT_LETTERS.read_text(encoding="utf-8").splitlines():
        char, *rows = line.split()
        if len(rows) == 7 and len(char) == 1:
            forms.setdefault(char, []).append(np.array([[c == "#" for c in row] for row in rows], np.uint8))
    forms[" "] = [np.zeros((7, 3), np.uint8)]
    return {char: tuple(pictures) for char, pictures in forms.items()}


def choose_style(rng: Rng, faces: Faces) -> Style:
    return dot_style(rng, faces) if rng.random() < 0.5 else face_style(rng, faces)


def dot_style(rng: Rng, faces: Faces) -> DotStyle:
    typed = rng.random() < 0.55
    return DotStyle(
        face=None if typed else choose_face(faces.latin, rng),
        korean=choose_face(faces.korean, rng),
        rows=7 if typed else int(rng.choice([7, 8, 9, 9, 10, 12, 14, 16])),
        form=int(rng.integers(1 << 30)),
        pitch=float(np.clip(np.exp(rng.normal(0, 0.28)), 0.5, 1.9)),
        radius=float(rng.uniform(0.3, 0.75)),
        smear=float(rng.uniform(1.1, 2.3)) if rng.random() < 0.33 else 1.0,
        uneven=float(rng.uniform(0, 0.3)),
        lost=float(rng.uniform(0, 0.08)) if rng.random() < 0.33 else 0.0,
        gap=float(rng.uniform(0.7, 2.8)),
        bold=bool(rng.random() < 0.12),
    )


def face_style(rng: Rng, faces: Faces) -> FaceStyle:
    return FaceStyle(
        face=choose_face(faces.latin, rng),
        korean=choose_face(faces.korean, rng),
        stroke=int(rng.integers(2, 7)) if rng.random() < 0.18 else 0,
        hershey=int(rng.choice([cv2.FONT_HERSHEY_SIMPLEX] * 3 + [cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_COMPLEX])),
        stretch=float(np.clip(np.exp(rng.normal(0, 0.2)), 0.6, 1.5)),
        spacing=float(rng.uniform(-0.04, 0.06) if rng.random() < 0.5 else rng.uniform(0, 0.35)),
        weight=int(rng.choice([-1, 0, 0, 0, 1, 2])),
        monospaced=bool(rng.random() < 0.15),
        dance=float(rng.uniform(0, 1.5)) if rng.random() < 0.3 else 0.0,
    )


def draw_line(text: str, style: Style, rng: Rng) -> Ink:
    return _draw_dots(text, style, rng) if isinstance(style, DotStyle) else _draw_letters(text, style, rng)


def _grid(char: str, style: DotStyle) -> tuple[Picture, float]:
    """The letter's dots, and the row at which a digit would begin."""
    typed = typed_letters().get(char) if style.face is None else None
    if typed:
        return typed[style.form // (ord(char) + 1) % len(typed)], 0.0
    korean = ord(char) > 0x2000
    rows = max(style.rows, 12) if korean else style.rows
    face = style.korean if korean or style.face is None else style.face
    return letter_grid(face, char, rows), 3 + (rows - style.rows) / 2


def _draw_dots(text: str, style: DotStyle, rng: Rng) -> Ink:
    high = (CAP - 2) / (style.rows - 1)
    wide = high * style.pitch
    x, letters, places = 4 + wide, [], []
    for char in text:
        grid, top = _grid(char, style)
        rows, columns = np.nonzero(grid)
        places.append(np.stack([x + columns * wide, CAP + 1 + (rows - top) * high], axis=1))
        width = grid.shape[1] * wide
        letters.append(Letter(x - wide / 2, x + width - wide / 2, char))
        x += width + style.gap * wide
    opacity = np.zeros((ROW, int(x + 8)), np.uint8)
    if places:
        _spray(opacity, np.concatenate(places), min(high, max(wide, 0.6 * high)), style, rng)
    if style.bold:
        opacity = np.maximum(opacity, np.roll(opacity, round(0.6 * wide), axis=1))
    return Ink(opacity, tuple(letters))


def _spray(opacity: Picture, dots: NDArray[np.float64], size: float, style: DotStyle, rng: Rng) -> None:
    """Set the dots: a little off their places, of uneven size and strength; some are lost."""
    dots = dots + rng.normal(0, 0.3 * style.uneven * size, dots.shape)
    dots = dots[rng.random(len(dots)) >= style.lost]
    radius = np.maximum(16 * style.radius * size * (1 + style.uneven * rng.normal(size=len(dots))), 10)
    strength = np.clip(255 * (1 - 1.2 * style.uneven * rng.random(len(dots))), 60, 255)
    for (x, y), r, v in zip((16 * dots).astype(int).tolist(), radius.astype(int).tolist(), strength, strict=True):
        if style.smear > 1:
            cv2.ellipse(opacity, (x, y), (int(r * style.smear), r), 0, 0, 360, v, -1, cv2.LINE_AA, 4)
        else:
            cv2.circle(opacity, (x, y), r, v, -1, cv2.LINE_AA, 4)


@cache
def _stroke_letter(char: str, hershey: int, thickness: int) -> tuple[Picture, float]:
    (_, high), _ = cv2.getTextSize("0", hershey, 1, 1)
    scale = CAP / high
    (wide, _), _ = cv2.getTextSize(char, hershey, scale, 1)
    picture = np.zeros((ROW, wide + 14), np.uint8)
    cv2.putText(picture, char, (6, 2 * CAP), hershey, scale, (255,), thickness, cv2.LINE_AA)
    return picture, float(wide)


def _letter(char: str, style: FaceStyle) -> tuple[Picture, float]:
    if ord(char) > 0x2000:
        return letter(style.korean, char)
    if style.stroke:
        return _stroke_letter(char, style.hershey, style.stroke)
    return letter(style.face, char)


def _draw_letters(text: str, style: FaceStyle, rng: Rng) -> Ink:
    zero = _letter("0", style)[1]
    x, letters, places = 6.0, [], []
    for char in text:
        picture, advance = _letter(char, style)
        width = zero if style.monospaced and ord(char) < 0x2000 else advance
        places.append((max(round(x + (width - advance) / 2) - 6, 0), picture))
        letters.append(Letter(x, x + width, char))
        x += width + style.spacing * CAP * (0.6 if style.spacing > 0 else 1)
    opacity = np.zeros((ROW, int(x + 24)), np.uint8)
    for left, picture in places:
        moved = np.roll(picture, round(style.dance * rng.normal()), axis=0) if style.dance else picture
        under = opacity[:, left : left + moved.shape[1]]
        np.maximum(under, moved[:, : under.shape[1]], out=under)
    return _stretched(_weighted(opacity, style.weight), letters, style.stretch)


def _weighted(opacity: Picture, weight: int) -> Picture:
    if weight > 0:
        return np.asarray(cv2.dilate(opacity, np.ones((weight + 1, weight + 1), np.uint8)), np.uint8)
    return np.asarray(cv2.erode(opacity, np.ones((2, 2), np.uint8)), np.uint8) if weight < 0 else opacity


def _stretched(opacity: Picture, letters: list[Letter], factor: float) -> Ink:
    size: Any = (max(4, round(opacity.shape[1] * factor)), ROW)
    wide = np.asarray(cv2.resize(opacity, size, interpolation=cv2.INTER_LINEAR), np.uint8)
    return Ink(wide, tuple(Letter(a.left * factor, a.right * factor, a.char) for a in letters))
