import math

import numpy as np
import pytest

from befresh_agent.vision.decoders.date_map import CELL, USUAL_HEIGHT, boxes_in
from befresh_agent.vision.gray import Gray


def answer_with_line(angle: float, digit: float) -> Gray:
    """What the network answers for one line of 12 cells through the middle of a map of 40 x 40 cells."""
    answer = np.zeros((4, 40, 40), np.float32)
    answer[1] = math.log(digit / USUAL_HEIGHT)
    answer[2], answer[3] = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    for step in np.linspace(-6, 6, 60):
        x, y = 20 + step * answer[2, 0, 0], 20 + step * answer[3, 0, 0]
        answer[0, int(y), int(x)] = 0.95
    return answer


@pytest.mark.parametrize("angle", [0.0, 30.0, -45.0, 90.0, 179.0, -120.0])
def test_cells_of_a_line_become_a_box_along_it(angle: float) -> None:
    [(_, box)] = list(boxes_in(answer_with_line(angle, 16), 0.5))

    assert box.angle == pytest.approx(angle, abs=0.1)
    assert box.height == pytest.approx(16)
    assert (box.x, box.y) == pytest.approx((20 * CELL, 20 * CELL), abs=CELL)
    assert 11 * CELL < box.width < 20 * CELL


def test_an_empty_map_has_no_boxes() -> None:
    assert list(boxes_in(np.zeros((4, 30, 40), np.float32), 0.5)) == []


def test_a_speck_is_no_box() -> None:
    answer = np.zeros((4, 30, 40), np.float32)
    answer[0, 5, 5:7] = 1.0
    answer[2] = 1.0

    assert list(boxes_in(answer, 0.5)) == []
