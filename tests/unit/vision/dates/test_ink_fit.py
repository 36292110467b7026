"""The drawn box sits on the date: level and turned, with words beside and lines below it."""

from datetime import date
from random import Random

import cv2
import numpy as np
import pytest

from befresh_agent.domain.detection import Corners
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.vision.dates.boxes import TextBox
from befresh_agent.vision.dates.ink_fit import fitted
from befresh_agent.vision.dates.trained import TrainedDates
from befresh_agent.vision.images import Gray

FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX)
FRAMES = range(50)


def printed(chance: Random, degrees: float) -> tuple[Gray, TextBox]:
    """A date, sometimes with a word behind it and a line below, turned; and the box around its ink."""
    scale, font = chance.choice([1.0, 1.6, 2.4]), chance.choice(FONTS)
    ground, ink = chance.randrange(170, 230), chance.randrange(15, 70)
    view = np.full((864, 1536), ground, np.uint8)
    text = f"20{chance.randrange(26, 31)}.{chance.randrange(1, 13):02}.{chance.randrange(1, 29):02}"
    thick, (x, y) = max(2, round(2 * scale)), (chance.randrange(450, 600), chance.randrange(380, 480))
    cv2.putText(view, text, (x, y), font, scale, [ink], thick, cv2.LINE_AA)
    ys, xs = np.nonzero(view < (ground + ink) // 2)
    left, right, top, bottom = xs.min(), xs.max() + 1, ys.min(), ys.max() + 1
    if chance.random() < 0.5:
        cv2.putText(view, "EXP", (int(right + (bottom - top)), y), font, scale, [ink], thick, cv2.LINE_AA)
    if chance.random() < 0.5:
        cv2.putText(view, "LOT 7731", (x, y + int(2 * (bottom - top))), font, scale, [ink], thick, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((768, 432), -degrees, 1)
    turned = cv2.warpAffine(view, turn, (1536, 864), borderValue=[ground])
    noisy = np.clip(turned + np.random.default_rng(chance.randrange(99)).normal(0, 4, turned.shape), 0, 255)
    across, down = turn @ ((left + right) / 2, (top + bottom) / 2, 1)
    truth = TextBox(float(across), float(down), float(right - left), float(bottom - top), degrees)
    return noisy.astype(np.uint8), truth


def overlap(one: Corners, other: Corners) -> float:
    first, second = np.array(one, np.float32), np.array(other, np.float32)
    both = cv2.intersectConvexConvex(first, second)[0]
    return float(both / (cv2.contourArea(first) + cv2.contourArea(second) - both))


@pytest.mark.parametrize("number", FRAMES)
def test_the_box_covers_the_digits(number: int) -> None:
    chance = Random(number)
    gray, truth = printed(chance, 0.0 if number % 2 else chance.uniform(-12, 12))
    off = TextBox(
        truth.x + chance.uniform(-0.4, 0.4) * truth.height,
        truth.y + chance.uniform(-0.1, 0.1) * truth.height,
        truth.width + chance.uniform(-0.4, 0.2) * truth.height,
        truth.height * chance.uniform(0.85, 1.2),
        truth.angle + chance.uniform(-5, 5),
    )
    assert overlap(fitted(gray, off.corners), truth.corners) >= 0.85


def test_where_nothing_is_printed_the_box_stays() -> None:
    corners = TextBox(300, 200, 240, 40, 3.0).corners
    assert fitted(np.full((400, 600), 128, np.uint8), corners) == corners
    speck = ((1, 1), (3, 1), (3, 3), (1, 3))
    assert fitted(np.full((400, 600), 128, np.uint8), speck) == speck


def test_the_box_of_a_date_that_was_read() -> None:
    """From the picture to the corners, through the trained reader."""
    reader, window = TrainedDates(), DateWindow(date(2026, 1, 1), date(2031, 12, 31))
    off = {}
    for number in FRAMES:
        chance = Random(number)
        gray, truth = printed(chance, 0.0 if number % 2 else chance.uniform(-12, 12))
        (seen, *_) = reader(gray, window)
        off[number] = overlap(seen.corners, truth.corners)
    assert {number: share for number, share in off.items() if share < 0.85} == {}
