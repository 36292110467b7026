"""The rendered labels (other fonts and seeds than the networks were trained on) keep their figures."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest

from befresh_agent.domain.agreement import agreed_in_frame
from befresh_agent.domain.expiry import Window
from befresh_agent.vision.decoders.trained import TrainedDates
from befresh_agent.vision.gray import Gray

LABELS = Path(__file__).parents[3] / "fixtures/labels"
WINDOW = Window.around(date(2026, 11, 21), past_days=60, ahead_years=5)


@pytest.fixture(scope="module")
def networks() -> TrainedDates:
    return TrainedDates()


def gray_of(name: str) -> Gray:
    picture = cv2.imread(str(LABELS / name), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture


def outcome(networks: TrainedDates, name: str, right: str) -> str:
    seen = agreed_in_frame(networks(gray_of(name), WINDOW))
    if seen is None:
        return "nothing"
    return "exact" if seen.date.isoformat() == right else "wrong"


def test_rendered_labels_are_read_as_well_as_ever(networks: TrainedDates) -> None:
    with (LABELS / "dates.csv").open(newline="") as truth:
        figures = Counter(
            (row["kind"], outcome(networks, row["file"], row["iso_date"])) for row in csv.DictReader(truth)
        )

    assert figures["one_date", "exact"] >= 20
    assert figures["two_dates", "exact"] >= 9
    assert figures["no_date", "nothing"] == 14
    assert sum(count for (_, how), count in figures.items() if how == "wrong") <= 1


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_print_is_read_whichever_way_the_pack_is_held(networks: TrainedDates, turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(gray_of("one_date_01.jpg"), turns))

    assert [seen.date for seen in networks(turned, WINDOW)][:1] == [date(2028, 8, 25)]


def test_a_date_tells_where_it_is(networks: TrainedDates) -> None:
    """Its corners begin at the upper left of the print, also where that is elsewhere in the picture."""
    upright = networks(gray_of("two_dates_09.jpg"), WINDOW)[0].corners
    turned = networks(np.ascontiguousarray(np.rot90(gray_of("two_dates_09.jpg"), 2)), WINDOW)[0].corners

    assert np.array(upright) == pytest.approx(np.array([(16, 142), (217, 171), (215, 186), (14, 157)]), abs=15)
    assert np.array(turned) == pytest.approx(320 - np.array(upright), abs=30)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2000), (864, 1536), (40, 300)])
def test_any_picture_gives_an_answer(networks: TrainedDates, shape: tuple[int, int]) -> None:
    assert networks(np.full(shape, 128, np.uint8), WINDOW) == []
    assert networks(np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8), WINDOW) == []
