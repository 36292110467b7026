from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from befresh_agent.domain.detection import Hint
from befresh_agent.vision.gray import Gray, from_frame
from befresh_agent.vision.quality import hint_for
from tests.unit.vision.pictures import DEMO, TESTS, blank, frame_of

PICTURES = sorted([*DEMO.glob("*.jpg"), *TESTS.glob("*.jpg")])
WITH_PRINT = [path for path in PICTURES if "container" not in path.name]


def grainy(gray: Gray, noise: float = 4) -> Gray:
    grain = np.random.default_rng(0).normal(0, noise, gray.shape)
    return np.clip(gray + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("path", WITH_PRINT, ids=lambda path: path.stem)
def test_a_good_picture_needs_no_hint(path: Path) -> None:
    assert hint_for(from_frame(frame_of(path))) is None


@pytest.mark.parametrize("level", [60, 120, 200, 255])
def test_an_empty_view_needs_no_hint(level: int) -> None:
    assert hint_for(grainy(from_frame(blank(level)))) is None


@pytest.mark.parametrize(
    ("spoil", "hint"),
    [
        (lambda gray: gray // 8, Hint.TOO_DARK),
        (lambda gray: cv2.GaussianBlur(gray, (0, 0), 9), Hint.BLURRED),
        (lambda gray: cv2.blur(gray, (31, 31)), Hint.BLURRED),
    ],
)
@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_bad_picture_is_told(path: Path, spoil: Callable[[Gray], Gray], hint: Hint) -> None:
    assert hint_for(grainy(spoil(from_frame(frame_of(path))))) is hint


def test_print_that_fills_the_view_is_too_close() -> None:
    page: Gray = np.full((480, 640), 210, np.uint8)
    cv2.putText(page, "2030.01", (10, 290), cv2.FONT_HERSHEY_SIMPLEX, 4.6, (40,), 24)
    assert hint_for(grainy(page)) is Hint.TOO_CLOSE
