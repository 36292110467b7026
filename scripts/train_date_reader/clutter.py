"""What else is in a photo of a pack: edges, shelves, pictures, tables, ornaments. None of it is print.

In: gray values. They are painted over in place.
"""

import cv2
import numpy as np

from .surface import Plane, soft_noise

Rng = np.random.Generator


def clutter(plane: Plane, rng: Rng) -> None:
    """Some of everything."""
    if rng.random() < 0.35:
        _texture(plane, rng)
    for _ in range(int(rng.integers(0, 6))):
        _area(plane, rng)
    if rng.random() < 0.3:
        _row_of_things(plane, rng)
    for _ in range(int(rng.choice([0, 0, 1, 3, 8]))):
        _ornament(plane, rng)
    if rng.random() < 0.2:
        _table(plane, rng)


def _shade(rng: Rng) -> tuple[float]:
    return (float(rng.uniform(5, 250)),)


def _somewhere(plane: Plane, rng: Rng) -> tuple[int, int]:
    return int(rng.uniform(0, plane.shape[1])), int(rng.uniform(0, plane.shape[0]))


def _texture(plane: Plane, rng: Rng) -> None:
    """A photo on the pack, cloth, crumpled film: noise of all sizes."""
    height, width = plane.shape
    for grain in (48, 24, 12, 6, 3):
        plane += soft_noise(rng, height, width, grain, grain * rng.uniform(0.7, 1.5)) * float(rng.uniform(0, grain))
    np.clip(plane, 0, 255, out=plane)


def _area(plane: Plane, rng: Rng) -> None:
    """The side of a pack, a hand, a round lid."""
    height, width = plane.shape
    if rng.random() < 0.6:
        corners = rng.uniform(-0.3, 1.3, (int(rng.integers(3, 6)), 2)) * (width, height)
        cv2.fillPoly(plane, [cv2.convexHull(corners.astype(np.int32))], _shade(rng), cv2.LINE_AA)
    else:
        axes = (int(rng.uniform(20, 0.6 * width)), int(rng.uniform(20, 0.6 * height)))
        thickness = -1 if rng.random() < 0.7 else int(rng.integers(2, 20))
        cv2.ellipse(
            plane, _somewhere(plane, rng), axes, rng.uniform(0, 180), 0, 360, _shade(rng), thickness, cv2.LINE_AA
        )


def _row_of_things(plane: Plane, rng: Rng) -> None:
    """A shelf: alike shapes side by side."""
    x, y = _somewhere(plane, rng)
    wide, high, gap = (int(v) for v in rng.uniform((4, 6, 1), (30, 40, 12)))
    shades, round_things = [_shade(rng) for _ in range(3)], rng.random() < 0.4
    for number in range(int(rng.integers(4, 16))):
        left = x + number * (wide + gap)
        shade = shades[int(rng.integers(len(shades)))]
        if round_things:
            cv2.ellipse(plane, (left, y), (wide // 2 + 1, high // 2), 0, 0, 360, shade, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(plane, (left, y), (left + wide, y + high), shade, -1)


def _ornament(plane: Plane, rng: Rng) -> None:
    """A curve or a small sign."""
    start = np.array(_somewhere(plane, rng))
    points = start + np.cumsum(rng.normal(0, rng.uniform(3, 25), (int(rng.integers(3, 9)), 2)), axis=0)
    closed, thickness = bool(rng.random() < 0.5), int(rng.integers(1, 7))
    cv2.polylines(plane, [points.astype(np.int32)], closed, _shade(rng), thickness, cv2.LINE_AA)


def _table(plane: Plane, rng: Rng) -> None:
    """Ruled lines of nutrition facts."""
    x, y = _somewhere(plane, rng)
    wide, pitch = int(rng.uniform(60, 200)), int(rng.uniform(6, 18))
    for number in range(int(rng.integers(3, 12))):
        cv2.line(plane, (x, y + number * pitch), (x + wide, y + number * pitch), _shade(rng), 1, cv2.LINE_AA)
