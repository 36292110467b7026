"""The rendered labels (other fonts and seeds than the networks were trained on) keep their figures."""

import csv
from collections import Counter
from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from befresh_agent.domain.expiry import DateWindow
from befresh_agent.registration.rules.agreement import DateAgreement, agreed_in_frame
from befresh_agent.simulation.shaking_hand import ShakingHand
from befresh_agent.vision.dates.trained import TrainedDates
from befresh_agent.vision.images import Gray

LABELS = Path(__file__).parents[3] / "fixtures/labels"
WINDOW = DateWindow.around(date(2026, 11, 21), past_days=60, ahead_years=5)


@pytest.fixture(scope="module")
def networks() -> TrainedDates:
    return TrainedDates()


def gray_of(name: str) -> Gray:
    picture = cv2.imread(str(LABELS / name), cv2.IMREAD_GRAYSCALE)
    assert picture is not None
    return picture


def outcome(networks: TrainedDates, gray: Gray, right: str) -> str:
    seen = agreed_in_frame(networks(gray, WINDOW))
    if seen is None:
        return "nothing"
    return "exact" if seen.date.isoformat() == right else "wrong"


def test_rendered_labels_are_read_as_well_as_ever(networks: TrainedDates) -> None:
    with (LABELS / "dates.csv").open(newline="") as truth:
        figures = Counter(
            (row["kind"], outcome(networks, gray_of(row["file"]), row["iso_date"])) for row in csv.DictReader(truth)
        )

    assert figures["one_date", "exact"] >= 20
    assert figures["two_dates", "exact"] >= 6
    assert figures["no_date", "nothing"] == 14
    assert sum(count for (_, how), count in figures.items() if how == "wrong") == 0


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_print_is_read_whichever_way_the_pack_is_held(networks: TrainedDates, turns: int) -> None:
    turned = np.ascontiguousarray(np.rot90(gray_of("one_date_01.jpg"), turns))

    assert [seen.date for seen in networks(turned, WINDOW)][:1] == [date(2028, 8, 25)]


def test_a_date_tells_where_it_is(networks: TrainedDates) -> None:
    """Around its characters, without the words behind; from the upper left of the print, wherever that is."""
    upright = networks(gray_of("two_dates_09.jpg"), WINDOW)[0].corners
    turned = networks(np.ascontiguousarray(np.rot90(gray_of("two_dates_09.jpg"), 2)), WINDOW)[0].corners

    assert np.array(upright) == pytest.approx(np.array([(22, 141), (188, 169), (185, 185), (20, 157)]), abs=12)
    assert np.array(turned) == pytest.approx(320 - np.array(upright), abs=30)


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 2000), (864, 1536), (40, 300)])
def test_any_picture_gives_an_answer(networks: TrainedDates, shape: tuple[int, int]) -> None:
    assert networks(np.full(shape, 128, np.uint8), WINDOW) == []
    assert networks(np.random.default_rng(1).integers(0, 256, shape).astype(np.uint8), WINDOW) == []


@pytest.mark.parametrize("degrees", [-40, -20, 20, 40])
def test_print_that_is_held_askew_is_read_right_or_not_at_all(networks: TrainedDates, degrees: int) -> None:
    outcomes = Counter(outcome(networks, turned(gray_of(name), degrees), right) for name, right in some_labels())
    assert outcomes["wrong"] == 0
    assert outcomes["exact"] >= 4


def test_a_shaking_hand_brings_no_wrong_date(networks: TrainedDates) -> None:
    outcomes: Counter[str] = Counter()
    for seed, (name, right) in enumerate(some_labels()):
        picture = Image.fromarray(gray_of(name))
        hand, agreement = ShakingHand(picture.width, picture.height, seed=seed), DateAgreement()
        frames = (np.asarray(hand.show(picture)) for _ in range(4))
        looks = (networks.read(frame, WINDOW) for frame in frames)
        agreed = (agreement.add_frame(look.dates, number * 0.3, look.doubt) for number, look in enumerate(looks))
        first = next((seen.date.isoformat() for seen in agreed if seen), None)
        outcomes["nothing" if first is None else "exact" if first == right else "wrong"] += 1
    assert outcomes["wrong"] == 0
    assert outcomes["exact"] >= 5


@pytest.mark.parametrize(
    ("name", "degrees", "scale", "right"),
    [
        ("one_date_03.jpg", -10, 1.0, "2030-05-16"),  # a digit without its lower half
        ("one_date_03.jpg", 30, 1.0, "2030-05-16"),
        ("one_date_23.jpg", 30, 0.8, "2028-03-07"),  # digits of eight pixels
        ("two_dates_02.jpg", -40, 0.8, "2030-06-07"),  # the use-by date is harder to read than the made-on date above
        ("two_dates_08.jpg", -20, 0.8, "2029-12-08"),
        ("two_dates_08.jpg", 10, 0.8, "2029-12-08"),
    ],
)
def test_what_was_once_read_wrong_is_read_right_or_asked_about(
    networks: TrainedDates, name: str, degrees: int, scale: float, right: str
) -> None:
    askew = turned(gray_of(name), degrees)
    small = cv2.resize(askew, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else askew
    assert outcome(networks, np.asarray(small, np.uint8), right) != "wrong"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_worn_digit_that_reads_differently_from_frame_to_frame_is_no_date(networks: TrainedDates, seed: int) -> None:
    picture = Image.fromarray(gray_of("one_date_03.jpg"))
    hand, agreement = ShakingHand(picture.width, picture.height, seed=seed), DateAgreement(memory_s=8.0)
    for number in range(6):
        seen = networks.read(np.asarray(hand.show(picture)), WINDOW)
        told = agreement.add_frame(seen.dates, number * 0.3, seen.doubt)
        assert told is None or told.date == date(2030, 5, 16)


def some_labels() -> list[tuple[str, str]]:
    """Every fifth label with its date, empty where it has none."""
    with (LABELS / "dates.csv").open(newline="") as truth:
        return [(row["file"], row["iso_date"]) for row in csv.DictReader(truth)][::5]


def turned(gray: Gray, degrees: float) -> Gray:
    """About its middle, its corners kept in view."""
    height, width = gray.shape
    turn = np.asarray(cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0), np.float64)
    wide, high = (abs(turn[:, :2]) @ (width, height)).round().astype(int)
    turn[:, 2] += ((wide - width) / 2, (high - height) / 2)
    return cv2.warpAffine(gray, turn, (int(wide), int(high)), borderMode=cv2.BORDER_REPLICATE)
