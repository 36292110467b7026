"""How packs are shown to `bench_vision.py`: turned, in the hand of somebody, printed in another spelling.

In: a colour picture, or a day. Out: colour pictures, the same again for the same hand.
"""

from collections.abc import Iterator
from datetime import date

import cv2
import numpy as np
from cv2.typing import MatLike
from PIL import Image

from befresh_agent.simulation.shaking_hand import ShakingHand
from befresh_agent.vision.images import Gray

_MOST_DEGREES = 15.0
"""A shaky hand turns the pack by so much, to either side."""


def stream(picture: MatLike, frames: int, hand: int, *, is_shaky: bool) -> Iterator[MatLike]:
    """A shaky hand also turns and moves the pack, blurs it, and lets a lamp shine on it in every second frame."""
    rng = np.random.default_rng(hand)
    gray: Gray = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    height, width = gray.shape
    shaking = ShakingHand(width, height, seed=hand)
    angle = float(rng.uniform(-_MOST_DEGREES, _MOST_DEGREES))
    for number in range(frames):
        shown: Gray = gray
        if is_shaky:
            angle = float(np.clip(angle + rng.normal(0, _MOST_DEGREES / 6), -_MOST_DEGREES, _MOST_DEGREES))
            turn = cv2.getRotationMatrix2D((width / 2, height / 2), angle, float(rng.uniform(0.8, 1.1)))
            shown = np.asarray(cv2.warpAffine(gray, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)
            shown = _smeared(shown, rng)
            shown = _glaring(shown, rng) if number % 2 else shown
        yield cv2.cvtColor(np.asarray(shaking.show(Image.fromarray(shown))), cv2.COLOR_GRAY2BGR)


def _smeared(gray: Gray, rng: np.random.Generator) -> Gray:
    """Moved while the shutter was open."""
    length = min(int(abs(rng.normal(0, 3))), 9) | 1
    level = np.zeros((length, length), np.float32)
    level[length // 2] = 1 / length
    turn = cv2.getRotationMatrix2D((length // 2, length // 2), float(rng.uniform(0, 180)), 1.0)
    line = np.asarray(cv2.warpAffine(level, turn, (length, length)), np.float32)
    return np.asarray(cv2.filter2D(gray, -1, line / line.sum()), np.uint8)


def _glaring(gray: Gray, rng: np.random.Generator) -> Gray:
    height, width = gray.shape
    y, x = np.mgrid[:height, :width].astype(np.float32)
    right, down = rng.uniform(0.2, 0.8, 2)
    spot = np.exp(-(((x - right * width) / (0.1 * width)) ** 2 + ((y - down * height) / (0.1 * height)) ** 2))
    return np.asarray(np.clip(gray + float(rng.uniform(60, 200)) * spot, 0, 255), np.uint8)


def turned(picture: MatLike, degrees: float) -> MatLike:
    """About its middle, its corners kept in view."""
    height, width = picture.shape[:2]
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), np.float64)
    wide = height * abs(turn[0, 1]) + width * abs(turn[0, 0])
    high = height * abs(turn[0, 0]) + width * abs(turn[0, 1])
    turn[:, 2] += ((wide - width) / 2, (high - height) / 2)
    return cv2.warpAffine(picture, turn, (round(wide), round(high)), borderMode=cv2.BORDER_REPLICATE)


def spelt(day: date) -> dict[str, str]:
    """The day as packs print it beside the dotted way, by the spelling's name."""
    year, month, number = f"{day:%Y}", f"{day:%m}", f"{day:%d}"
    return {
        "Y/M/D": f"{year}/{month}/{number}",
        "Y-M-D": f"{year}-{month}-{number}",
        "YYYYMMDD": f"{year}{month}{number}",
        "D.M.YYYY": f"{number}.{month}.{year}",
        "D/M/YYYY": f"{number}/{month}/{year}",
        "D-M-YYYY": f"{number}-{month}-{year}",
        "D M YYYY": f"{number} {month} {year}",
        "EXP DDMMYY": f"EXP {number}{month}{year[2:]}",
        "EXP D.M.YY": f"EXP {number}.{month}.{year[2:]}",
    }


def printed(text: str) -> MatLike:
    """A plain label."""
    label = np.full((480, 640, 3), 215, np.uint8)
    cv2.putText(label, text, (150, 250), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (40, 40, 40), 2, cv2.LINE_AA)
    return cv2.GaussianBlur(label, (0, 0), 0.8)
