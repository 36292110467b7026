"""One training example for the reader: a photographed line of print and what it says.

A line is printed on a surface with its neighbours, seen through a window cut anywhere, at any size, tilt and bend.
Only letters that are visible in the window belong to the label.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from befresh_agent.vision.dates.date_reader import to_alphabet

from .camera import photograph
from .fonts import CAP, Faces, Picture
from .ink import Ink, Letter, choose_style, draw_line
from .surface import Plane, accidents, shade_of_ink, soft_noise, surface, wear
from .words import any_line, words

Rng = np.random.Generator
CANVAS = 4 * CAP
MIDDLE = CANVAS / 2


@dataclass(frozen=True, slots=True)
class Window:
    """What of the canvas is seen, in canvas pixels."""

    left: float
    right: float
    height: float
    middle: float


def render_strip(rng: Rng, faces: Faces, text: str | None = None) -> tuple[Picture, str]:
    """A picture as a box finder would cut it out of a photo, and its label."""
    text = any_line(rng) if text is None else text
    style = choose_style(rng, faces)
    ink = draw_line(text, style, rng)
    margin = int(CAP * rng.uniform(0.2, 3))
    opacity = np.zeros((CANVAS, ink.opacity.shape[1] + 2 * margin), np.float32)
    _print(opacity, ink, margin, 0)
    if rng.random() < 0.42:
        for side in (-1, 1) if rng.random() < 0.4 else (int(rng.choice([-1, 1])),):
            line = any_line(rng) if rng.random() < 0.6 else words(rng, 4, 5)
            beside = draw_line(line, style if rng.random() < 0.75 else choose_style(rng, faces), rng)
            _print(opacity, beside, int(margin + rng.normal(0, 2 * CAP)), int(side * CAP * rng.uniform(1.18, 2.0)))
    letters = [Letter(a.left + margin, a.right + margin, a.char) for a in ink.letters]
    contrast = float(rng.uniform(28, 70) if rng.random() < 0.35 else rng.uniform(60, 220))
    plane = _ink_on_surface(opacity, contrast, faces, rng)
    window = _choose_window(letters, opacity.shape[1], rng)
    return _seen(plane, window, contrast, rng), label_of(letters, window)


def _print(opacity: Plane, ink: Ink, left: int, down: int) -> None:
    top = (CANVAS - ink.opacity.shape[0]) // 2 + down
    skipped = max(0, -top)
    under = opacity[max(top, 0) : top + ink.opacity.shape[0], max(left, 0) :]
    part = ink.opacity[skipped : skipped + under.shape[0], max(0, -left) :][:, : under.shape[1]]
    under = under[: part.shape[0], : part.shape[1]]
    np.maximum(under, part, out=under)


def _ink_on_surface(opacity: Plane, contrast: float, faces: Faces, rng: Rng) -> Plane:
    height, width = opacity.shape
    bare, base = surface(rng, height, width, contrast)
    if rng.random() < 0.10:  # other print under the ink, faint
        other = cv2.resize(draw_line(words(rng, 3, 4), choose_style(rng, faces), rng).opacity, (width, height))
        bare += other * np.float32(np.clip(rng.normal(0, 0.25), -0.4, 0.4) * contrast / 255)
    covered = wear(opacity / 255, rng)
    return accidents(bare * (1 - covered) + shade_of_ink(rng, base, contrast) * covered, base, contrast, rng)


def _choose_window(letters: list[Letter], width: int, rng: Rng) -> Window:
    left, right = (letters[0].left, letters[-1].right) if letters else (0.3 * width, 0.7 * width)
    if rng.random() < 0.6 or len(letters) < 3:  # the whole line, more or less tight
        loose = 0.25 if rng.random() < 0.5 else 0.9
        left, right = left - CAP * rng.uniform(-0.08, loose), right + CAP * rng.uniform(-0.08, loose)
    else:  # a piece of it, or much more
        length = CAP * rng.uniform(3, 11)
        anywhere = rng.uniform(left - 0.5 * length, right + 0.5 * length)
        centre = anywhere if rng.random() < 0.4 else (left + right) / 2 + rng.normal(0, 0.25) * length
        left, right = centre - length / 2, centre + length / 2
    left, right = max(left, 1.0), min(right, width - 1.0)
    loose = 1.0 + float(rng.uniform(0, 0.3) if rng.random() < 0.5 else rng.uniform(0.15, 1.1))
    return Window(left, max(right, left + CAP), CAP * loose, MIDDLE + CAP * rng.normal(0, 0.04 + 0.07 * (loose - 1)))


def label_of(letters: list[Letter], window: Window) -> str:
    def visible(a: Letter) -> bool:
        return min(a.right, window.right) - max(a.left, window.left) > 0.6 * (a.right - a.left)

    return to_alphabet("".join(a.char for a in letters if visible(a)))


def _seen(plane: Plane, window: Window, contrast: float, rng: Rng) -> Picture:
    """The window at the resolution of a photo: digits 7 to 34 pixels high."""
    digit = float(np.exp(rng.uniform(np.log(7), np.log(34))))
    scale = digit / CAP
    span = window.right - window.left
    size = (int(max(8, window.height * scale)), int(max(8, span * scale)))
    x, y = _bent_grid(window, size, rng)
    if scale < 0.8:
        plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), 0.45 / scale), np.float32)
    flat = cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return photograph(np.asarray(flat, np.float32), digit, contrast, rng)


def _bent_grid(window: Window, size: tuple[int, int], rng: Rng) -> tuple[Plane, Plane]:
    """Where each pixel of the photo lies on the canvas: tilted, slanted, bent, in perspective."""
    height, width = size
    span = window.right - window.left
    across = np.tile((np.arange(width) + 0.5) / width - 0.5, (height, 1))  # -0.5 at the left, 0.5 at the right
    x = window.left + (across + 0.5) * span
    y = window.middle + ((np.arange(height)[:, None] + 0.5) / height - 0.5) * window.height + 0 * across
    if rng.random() < 0.7:
        steepest = 0.7 * CAP / span
        y = y + across * span * np.clip(np.tan(np.radians(rng.normal(0, 1.6))), -steepest, steepest)
    if rng.random() < 0.25:
        x = x + (y - MIDDLE) * rng.normal(0, 0.16)
    if rng.random() < 0.25:
        y = y + (4 * across**2 - 0.33) * rng.normal(0, 0.12) * CAP
    if rng.random() < 0.2:
        y = MIDDLE + (y - MIDDLE) * (1 + across * rng.normal(0, 0.25))
    if rng.random() < 0.15:
        y = y + soft_noise(rng, 1, width, 1, max(width / 3, 2)) * rng.uniform(0, 0.06) * CAP
    return x.astype(np.float32), y.astype(np.float32)
