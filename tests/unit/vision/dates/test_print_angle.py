"""Lines of print at known angles, in boxes that are turned otherwise."""

import cv2
import numpy as np
import pytest

from befresh_agent.vision.dates.boxes import TextBox, angle_off
from befresh_agent.vision.images import Gray

SIDE = 480
LINE = TextBox(SIDE / 2, SIDE / 2, 240, 26, 0)


def printed(angle: float, text: str = "2026.12.05") -> Gray:
    """A line of print in the middle of the picture, turned clockwise."""
    picture = np.full((SIDE, SIDE), 205, np.uint8)
    (width, height), _ = cv2.getTextSize(text, cv2.FONT_HERSHEY_SIMPLEX, 1.2, 3)
    place = ((SIDE - width) // 2, (SIDE + height) // 2)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, 1.2, (40,), 3, cv2.LINE_AA)
    turn = cv2.getRotationMatrix2D((SIDE / 2, SIDE / 2), -angle, 1)
    return np.asarray(cv2.warpAffine(picture, turn, (SIDE, SIDE), borderMode=cv2.BORDER_REPLICATE), np.uint8)


@pytest.mark.parametrize("angle", [-70, -20, -12, -6, 6, 12, 20, 45, 160])
@pytest.mark.parametrize("off", [-8, 8])
def test_the_print_tells_how_far_the_box_is_off(angle: int, off: int) -> None:
    box = TextBox(LINE.x, LINE.y, LINE.width, LINE.height, angle - off)
    assert angle_off(printed(angle), box) == pytest.approx(off, abs=2)


def test_light_print_on_dark_is_measured_as_well() -> None:
    assert angle_off(255 - printed(10), LINE) == pytest.approx(10, abs=2)


def test_a_box_that_runs_with_its_print_stays() -> None:
    assert abs(angle_off(printed(0), LINE)) <= 2


def test_without_ink_no_angle_is_better() -> None:
    assert angle_off(np.full((SIDE, SIDE), 128, np.uint8), LINE) == 0
