"""One training example for the date finder: a piece of a photo with packs, print, and perhaps dates."""

import cv2
import numpy as np
from numpy.typing import NDArray

from .fonts import CAP, Faces, Picture
from .ink import Ink, Style, choose_style, draw_line, face_style
from .scene import SIDE, Scene
from .words import any_date, lot, neighbours, words

Rng = np.random.Generator


def render_scene(rng: Rng, faces: Faces) -> tuple[Picture, NDArray[np.float16]]:
    scene = Scene(rng)
    contrast = float(rng.uniform(28, 70) if rng.random() < 0.3 else rng.uniform(60, 220))
    for _ in range(int(rng.choice([0, 1, 2, 2, 3]))):
        _print_dates(scene, contrast, faces, rng)
    for _ in range(int(rng.integers(0, 6))):
        _print_paragraph(scene, faces, rng)
    for _ in range(int(rng.integers(0, 4))):
        _print_name(scene, faces, rng)
    if rng.random() < 0.3:
        _print_bars(scene, rng)
    return scene.photo(contrast), scene.cells()


def _print_dates(scene: Scene, contrast: float, faces: Faces, rng: Rng) -> None:
    """One to three lines in one style, of which most hold a date."""
    style: Style = choose_style(rng, faces)
    digit = float(np.exp(rng.uniform(np.log(5.5), np.log(36 if rng.random() < 0.5 else 16))))
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


def _print_name(scene: Scene, faces: Faces, rng: Rng) -> None:
    """The name of the product: large letters, often with an outline."""
    text = words(rng, 1, 3) if rng.random() < 0.85 else str(rng.integers(1, 1000))
    ink = draw_line(text, face_style(rng, faces), rng)
    place = scene.somewhere(rng.uniform(0, SIDE, 2), float(np.exp(rng.uniform(np.log(12), np.log(90)))))
    if rng.random() < 0.4:
        pen = np.ones((int(rng.integers(3, 12)),) * 2, np.uint8)
        outline = Ink(np.asarray(cv2.dilate(ink.opacity, pen), np.uint8), ink.letters)
        if not scene.write(outline, place, float(rng.uniform(40, 200)), on_label=False):
            return
        scene.free(outline, place)
    scene.write(ink, place, float(rng.uniform(40, 200)), on_label=False)


def _print_paragraph(scene: Scene, faces: Faces, rng: Rng) -> None:
    """Ingredients, nutrition facts, addresses."""
    style = face_style(rng, faces) if rng.random() < 0.85 else choose_style(rng, faces)
    digit = float(np.exp(rng.uniform(np.log(4), np.log(14))))
    place = scene.somewhere(rng.uniform(0, SIDE, 2), digit)
    contrast = float(rng.uniform(50, 200))
    for _ in range(int(rng.integers(1, 12))):
        scene.write(draw_line(words(rng, 2, 6), style, rng), place, contrast, on_label=False)
        place = place.next_line(float(rng.uniform(1.6, 2.2)), float(rng.normal(0, 0.3)))


def _print_bars(scene: Scene, rng: Rng) -> None:
    """A bar code with its number."""
    bars = (rng.random((1, int(rng.integers(40, 95)))) > 0.5).astype(np.uint8)
    opacity = np.repeat(bars, 3, axis=1).repeat(3 * CAP, axis=0) * 255
    place = scene.somewhere(rng.uniform(0, SIDE, 2), float(rng.uniform(8, 30)))
    scene.write(Ink(np.asarray(opacity, np.uint8), ()), place, 150.0, on_label=True)
