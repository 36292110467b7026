"""What the ink lies on: cardboard, plastic, foil, coloured print; and the light on it.

In: a size and how strongly the ink will stand out (surfaces are never livelier than the ink allows). Out: gray values.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

Rng = np.random.Generator
Plane = NDArray[np.float32]


def soft_noise(rng: Rng, height: int, width: int, grain_y: float, grain_x: float) -> Plane:
    """Noise of spread 1 whose spots are about `grain` pixels large."""
    coarse = rng.normal(size=(int(height / max(grain_y, 1)) + 2, int(width / max(grain_x, 1)) + 2))
    return np.asarray(cv2.resize(coarse.astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC), np.float32)


def surface(rng: Rng, height: int, width: int, contrast: float) -> tuple[Plane, float]:
    """The bare surface and its middle gray."""
    base = float(rng.uniform(20, 245))
    calm = min(1.0, contrast / 90)
    plane = np.full((height, width), base, np.float32)
    if rng.random() < 0.7:
        light = soft_noise(rng, height, width, height * rng.uniform(0.5, 2), width * rng.uniform(0.15, 1))
        plane += light * float(rng.uniform(2, 30) * (0.4 + 0.6 * calm))
    if rng.random() < 0.5:
        grain = rng.uniform(1, 12)
        plane += soft_noise(rng, height, width, grain, grain) * float(rng.uniform(1, 9) * calm)
    if rng.random() < 0.22:
        foil = soft_noise(rng, height, width, rng.uniform(2, 30), rng.uniform(2, 80))
        plane += foil * float(rng.uniform(5, 28) * calm)
    if rng.random() < 0.16:
        _patches(plane, base, calm, rng)
    if rng.random() < 0.10:
        plane += _stripes(rng, height, width) * float(rng.uniform(2, 16) * calm)
    if rng.random() < 0.08:
        bars = (rng.random((1, width // 3 + 1)) > 0.5).repeat(3, 1)[:, :width]
        plane += bars * np.float32(rng.uniform(-30, 30) * calm)
    return plane, base


def _patches(plane: Plane, base: float, calm: float, rng: Rng) -> None:
    """Coloured areas behind the date."""
    height, width = plane.shape
    for _ in range(int(rng.integers(1, 4))):
        corners = rng.random((int(rng.integers(3, 6)), 2)) * (1.4 * width, 1.6 * height) - (0.2 * width, 0.3 * height)
        shade = float(np.clip(base + rng.normal(0, 45 * calm), 0, 255))
        cv2.fillPoly(plane, [corners.astype(np.int32)], (shade,), cv2.LINE_AA)


def _stripes(rng: Rng, height: int, width: int) -> Plane:
    """Weave, ridges of a bottle."""
    period, turn = rng.uniform(3, 30), rng.uniform(0, np.pi)
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    phase = (x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / period + rng.uniform(0, 6)
    return np.asarray(np.sin(phase), np.float32)


def shade_of_ink(rng: Rng, base: float, contrast: float) -> float:
    """Gray of the ink: usually dark on light and light on dark."""
    dark = (base > 128) == (rng.random() < 0.85)
    ink = float(np.clip(base - contrast if dark else base + contrast, 0, 255))
    if abs(ink - base) < 0.8 * min(contrast, 90):
        ink = base - contrast if base > 128 else base + contrast
    return ink


def wear(opacity: Plane, rng: Rng) -> Plane:
    """Ink as it comes out: thin in places, with pinholes where the head had no contact."""
    height, width = opacity.shape
    worn = opacity * np.float32(rng.uniform(0.75, 1.0))
    if rng.random() < 0.3:
        worn = worn * np.clip(0.85 + 0.25 * soft_noise(rng, height, width, height, rng.uniform(15, 120)), 0.25, 1)
    if rng.random() < 0.15:
        worn = worn * (soft_noise(rng, height, width, 2, 2) > rng.uniform(-2.2, -1.0))
    return np.asarray(worn, np.float32)


def accidents(plane: Plane, base: float, contrast: float, rng: Rng) -> Plane:
    """Glare, scratches and seams, and the shadow of a fold."""
    height, width = plane.shape
    if rng.random() < 0.14:
        turn = rng.uniform(0, np.pi)
        y, x = np.mgrid[0:height, 0:width].astype(np.float32)
        off = (x - rng.uniform(0, width)) * np.cos(turn) + (y - rng.uniform(0, height)) * np.sin(turn)
        plane = plane + np.exp(-((off / rng.uniform(5, 60)) ** 2)) * rng.uniform(20, 60 + 0.5 * contrast)
    if rng.random() < 0.06:
        for _ in range(int(rng.integers(1, 4))):
            ends = (rng.random((2, 2)) * (width, height)).astype(int).tolist()
            shade = float(np.clip(base + rng.normal(0, 60), 0, 255))
            plane = np.ascontiguousarray(plane, np.float32)
            cv2.line(plane, ends[0], ends[1], (shade,), int(rng.integers(1, 3)), cv2.LINE_AA)
    if rng.random() < 0.10:
        fold = int(rng.integers(0, width))
        plane[:, fold:] = plane[:, fold:] * rng.uniform(0.5, 0.9) + rng.uniform(0, 30)
    return np.asarray(plane, np.float32)
