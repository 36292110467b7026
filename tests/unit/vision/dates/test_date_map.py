import math

import numpy as np
import pytest

from befresh_agent.vision.dates.date_map import CELL, USUAL_HEIGHT, Cells, boxes_in, boxes_of, spots_of


def cells_with_line(angle: float, digit: float) -> Cells:
    """What the network cellss for one line of 12 cells through the middle of a map of 40 x 40 cells."""
    cells = np.zeros((4, 40, 40), np.float32)
    cells[1] = math.log(digit / USUAL_HEIGHT)
    cells[2], cells[3] = math.cos(math.radians(angle)), math.sin(math.radians(angle))
    for step in np.linspace(-6, 6, 60):
        x, y = 20 + step * cells[2, 0, 0], 20 + step * cells[3, 0, 0]
        cells[0, int(y), int(x)] = 0.95
    return cells


@pytest.mark.parametrize("angle", [0.0, 30.0, -45.0, 90.0, 179.0, -120.0])
def test_cells_of_a_line_become_a_box_along_it(angle: float) -> None:
    [(_, box)] = list(boxes_in(cells_with_line(angle, 16), 0.5))

    assert box.angle == pytest.approx(angle, abs=0.1)
    assert box.height == pytest.approx(16)
    assert (box.x, box.y) == pytest.approx((20 * CELL, 20 * CELL), abs=CELL)
    assert 11 * CELL < box.width < 20 * CELL


def test_an_empty_map_has_no_boxes() -> None:
    assert list(boxes_in(np.zeros((4, 30, 40), np.float32), 0.5)) == []


def test_a_speck_is_no_box() -> None:
    cells = np.zeros((4, 30, 40), np.float32)
    cells[0, 5, 5:7] = 1.0
    cells[2] = 1.0

    assert list(boxes_in(cells, 0.5)) == []


def test_a_box_is_told_once_and_only_when_it_promises_enough() -> None:
    cells = cells_with_line(10.0, 12)

    assert len(boxes_of(cells, 1.0)) == 1
    assert boxes_of(cells, 100.0) == []


def test_spots_are_apart_and_the_likeliest_comes_first() -> None:
    cells = np.zeros((4, 30, 40), np.float32)
    cells[0, 5, 5], cells[0, 6, 6], cells[0, 20, 30] = 0.6, 0.5, 0.9

    assert list(spots_of(cells, 4)) == [(30.5 * CELL, 20.5 * CELL), (6.0 * CELL, 6.0 * CELL)]
