import cv2
import numpy as np
import pytest

from befresh_agent.vision.dates.boxes import HEIGHT, TextBox, cut, find_boxes, is_a_line, whole
from befresh_agent.vision.images import Gray


def page(turned: float = 0, *, ink: int = 30, paper: int = 210) -> Gray:
    """A line of digits in the middle of a page, turned clockwise."""
    gray: Gray = np.full((720, 1280), paper, np.uint8)
    cv2.putText(gray, "2030.01.20", (520, 370), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (ink,), 3)
    turn = cv2.getRotationMatrix2D((640, 360), -turned, 1)
    return cv2.warpAffine(gray, turn, (1280, 720), borderValue=(paper,))


def is_around_the_line(box: TextBox, turned: float) -> bool:
    return abs(box.x - 640) < 30 and abs(box.y - 360) < 30 and box.width > 180 and abs(box.angle - turned) < 6


@pytest.mark.parametrize("turned", [-12, -6, 0, 6, 12])
@pytest.mark.parametrize(("ink", "paper"), [(30, 210), (230, 50)])
def test_a_line_of_print_is_found(turned: float, ink: int, paper: int) -> None:
    assert any(is_around_the_line(box, turned) for box in find_boxes(page(turned, ink=ink, paper=paper))[:5])


def test_every_place_is_told_once() -> None:
    boxes = find_boxes(page())
    assert not any(one.is_like(other) for number, one in enumerate(boxes) for other in boxes[:number])


@pytest.mark.parametrize("level", [0, 128, 255])
def test_an_empty_page_has_no_lines(level: int) -> None:
    assert find_boxes(np.full((720, 1280), level, np.uint8)) == []


def test_a_cut_stands_upright() -> None:
    level, turned = (cut(page(angle), TextBox(640, 360, 240, 40, angle)) for angle in (0, 25))
    assert level.shape == turned.shape
    assert level.shape[0] == HEIGHT
    assert np.abs(level.astype(int) - turned).mean() < 12


def test_boxes_move_along_and_across_their_line() -> None:
    moved = TextBox(100, 100, 50, 10, 90).moved(along=10, across=5)
    assert (round(moved.x), round(moved.y)) == (95, 110)


def test_a_cut_out_line_is_read_as_a_whole() -> None:
    line = page()[335:385, 510:760]
    assert is_a_line(line)
    assert not is_a_line(page())
    height, width = cut(line, whole(line)).shape
    assert height == HEIGHT
    assert abs(width - 5 * HEIGHT) < 8
