"""A face held before the camera: perspective, light, lens and sensor.

In: a printed face. Out: a photo.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from scripts.render_pictures.face import Picture


@dataclass(frozen=True, slots=True)
class View:
    """How the face is held and seen."""

    share: float = 0.86
    """Of the photo's height (or width, if that is less)."""
    turn: float = 0.0
    """Degrees in the picture's plane."""
    lean: float = 0.05
    """How much smaller the far edge looks."""
    blur: float = 0.9
    noise: float = 4.0
    shade: float = 0.35
    """How much darker the dark side is."""


def photograph(face: Picture, view: View, size: tuple[int, int], seed: int) -> NDArray[np.uint8]:
    random = np.random.default_rng(seed)
    place, mask = _held(face, view, size, random)
    scene: NDArray[Any] = _kitchen(size, random)
    shadow = cv2.GaussianBlur(np.roll(mask, (14, 18), (0, 1)), (0, 0), 18)[..., None]
    scene = scene * (1 - 0.45 * shadow)
    scene += mask[..., None] * (place - scene)
    scene *= _light(size, view.shade, random)[..., None]
    scene = np.asarray(cv2.GaussianBlur(scene, (0, 0), view.blur))
    scene = scene + random.normal(0, view.noise, scene.shape)
    return np.clip(scene, 0, 255).astype(np.uint8)


def _held(face: Picture, view: View, size: tuple[int, int], random: np.random.Generator) -> tuple[Picture, Picture]:
    """The face as it is seen, and where it covers the scene."""
    height, width = face.shape[:2]
    scale = view.share * min(size[0] / width, size[1] / height)
    corners = np.array([(-1, -1), (1, -1), (1, 1), (-1, 1)], np.float32) * (width * scale / 2, height * scale / 2)
    corners *= 1 - view.lean * random.uniform(0.3, 1, (4, 1))
    angle = np.radians(view.turn)
    turned = corners @ np.array([(np.cos(angle), np.sin(angle)), (-np.sin(angle), np.cos(angle))])
    seen = (turned + np.array(size) / 2 + random.uniform(-12, 12, 2)).astype(np.float32)
    flat = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)
    bend = cv2.getPerspectiveTransform(flat, seen)
    shrunk = cv2.GaussianBlur(face, (0, 0), max(0.01, 0.35 / scale))
    place = cv2.warpPerspective(shrunk, bend, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    mask = cv2.warpPerspective(np.ones((height, width), np.float32), bend, size, flags=cv2.INTER_LINEAR)
    return place.astype(np.float32), mask.astype(np.float32)


def _kitchen(size: tuple[int, int], random: np.random.Generator) -> Picture:
    """Something out of focus: soft patches of dim, warm grays."""
    patches = random.uniform(60, 130, (5, 7, 1)) + random.normal(0, 6, (5, 7, 3)) + (10, 4, 0)
    return cv2.resize(patches.astype(np.float32), size, interpolation=cv2.INTER_CUBIC).astype(np.float32)


def _light(size: tuple[int, int], shade: float, random: np.random.Generator) -> Picture:
    """From one side, falling off to the other, with a soft spot."""
    width, height = size
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    angle = random.uniform(0, 2 * np.pi)
    slope = ((x / width - 0.5) * np.cos(angle) + (y / height - 0.5) * np.sin(angle)) / 1.2 + 0.5
    spot_x, spot_y = random.uniform(0.2, 0.8, 2) * (width, height)
    spot = np.exp(-(((x - spot_x) / width) ** 2 + ((y - spot_y) / height) ** 2) * 8)
    light: Picture = (1 - shade * np.clip(slope, 0, 1) + 0.08 * spot).astype(np.float32)
    return light
