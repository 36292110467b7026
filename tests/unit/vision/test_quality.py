from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from befresh_agent.domain.detection import ViewHint
from befresh_agent.vision.dates.trained import TrainedDates
from befresh_agent.vision.images import Gray, from_frame
from befresh_agent.vision.pipeline import hint_for
from tests.unit.vision.pictures import DEMO, TESTS, WINDOW, blank, frame_of

PICTURES = sorted([*DEMO.glob("*.jpg"), *TESTS.glob("*.jpg")])
WITH_PRINT = [path for path in PICTURES if "container" not in path.name]


NETWORKS = TrainedDates()


def grainy(gray: Gray, noise: float = 4) -> Gray:
    grain = np.random.default_rng(0).normal(0, noise, gray.shape)
    return np.clip(gray + grain, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("path", WITH_PRINT, ids=lambda path: path.stem)
def test_a_good_picture_needs_no_hint(path: Path) -> None:
    assert hint_for(from_frame(frame_of(path)), NETWORKS.is_too_close) is None


@pytest.mark.parametrize("level", [60, 120, 200, 255])
def test_an_empty_view_needs_no_hint(level: int) -> None:
    assert hint_for(grainy(from_frame(blank(level))), NETWORKS.is_too_close) is None


@pytest.mark.parametrize(
    ("spoil", "hint"),
    [
        (lambda gray: gray // 8, ViewHint.TOO_DARK),
        (lambda gray: cv2.GaussianBlur(gray, (0, 0), 9), ViewHint.BLURRED),
        (lambda gray: cv2.blur(gray, (31, 31)), ViewHint.BLURRED),
    ],
)
@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_bad_picture_is_told(path: Path, spoil: Callable[[Gray], Gray], hint: ViewHint) -> None:
    assert hint_for(grainy(spoil(from_frame(frame_of(path)))), NETWORKS.is_too_close) is hint


@pytest.mark.parametrize("width", [0.5, 0.8, 1.0])
@pytest.mark.parametrize("name", ["dim", "until", "sprayed", "light-on-dark"])
def test_a_date_that_does_not_fit_in_is_too_close(name: str, width: float) -> None:
    """The frame shows so much of the date's width, enlarged and thus not sharp either."""
    picture = from_frame(frame_of(TESTS / f"{name}.jpg"))
    corners = np.array(NETWORKS(picture, WINDOW)[0].corners)
    across = int(np.ptp(corners[:, 0]) * width)
    left, top = corners.mean(axis=0).astype(int) - (across // 2, across // 3)
    near = cv2.resize(picture[max(top, 0) : top + across * 2 // 3, left : left + across], (1280, 853))
    assert hint_for(grainy(near), NETWORKS.is_too_close) is ViewHint.TOO_CLOSE
