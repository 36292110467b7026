"""How a camera spoils what it sees: blur, motion, sharpening, noise, JPEG."""

import cv2
import numpy as np

from .fonts import Picture
from .surface import Plane

Rng = np.random.Generator


def photograph(plane: Plane, digit_height: float, contrast: float, rng: Rng) -> Picture:
    """The picture a camera makes of gray values; `digit_height` in its pixels bounds how much it may blur."""
    if rng.random() < 0.5:
        plane = np.asarray(cv2.GaussianBlur(plane, (0, 0), rng.uniform(0.3, 0.3 + 0.075 * digit_height)), np.float32)
    if rng.random() < 0.15:
        plane = _moved(plane, int(rng.integers(2, max(3, int(0.22 * digit_height)) + 1)), rng.uniform(0, np.pi))
    if rng.random() < 0.3:
        halo = plane - cv2.GaussianBlur(plane, (0, 0), 1.2)
        plane = np.asarray(plane + rng.uniform(0.3, 1.5) * halo, np.float32)
    if rng.random() < 0.7:
        noise = rng.normal(size=plane.shape) * rng.uniform(0.5, max(1.0, min(9.0, contrast / 9)))
        plane = np.asarray(plane + noise, np.float32)
    picture = np.clip(plane, 0, 255).astype(np.uint8)
    return _jpeg(picture, int(rng.integers(25, 92))) if rng.random() < 0.45 else picture


def _moved(plane: Plane, length: int, turn: float) -> Plane:
    """Motion blur over some pixels."""
    kernel = np.zeros((length, length), np.float32)
    middle, reach = length / 2, np.array([np.cos(turn), np.sin(turn)]) * length / 2
    first, last = (middle - reach).astype(int).tolist(), (middle + reach).astype(int).tolist()
    cv2.line(kernel, first, last, (1.0,))
    return np.asarray(cv2.filter2D(plane, -1, kernel / max(float(kernel.sum()), 1.0)), np.float32)


def _jpeg(picture: Picture, quality: int) -> Picture:
    _, packed = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
