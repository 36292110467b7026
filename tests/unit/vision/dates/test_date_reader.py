import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from befresh_agent.vision.dates.date_reader import ALPHABET, StripReader, decode


def scores_of(columns: str) -> NDArray[np.float32]:
    """Scores whose best character of each column is given; `_` is the blank."""
    scores = np.zeros((len(ALPHABET) + 1, len(columns)), np.float32)
    for column, char in enumerate(columns):
        scores[0 if char == "_" else ALPHABET.index(char) + 1, column] = 8.0
    return scores


@pytest.mark.parametrize(
    ("columns", "text"),
    [("2_0_2_6", "2026"), ("1_1", "11"), ("11", "1"), ("__", ""), ("22__00..", "20."), ("m_2", "m2")],
)
def test_repeats_and_blanks_are_left_out(columns: str, text: str) -> None:
    reading = decode(scores_of(columns), len(columns))

    assert reading.text == text
    assert len(reading.chances) == len(reading.places) == len(text)
    assert all(chance > 0.9 for chance in reading.chances)
    assert list(reading.places) == sorted(reading.places)


@pytest.mark.parametrize("text", ["2027.03.18", "28.11.02", "2026. 12. 01"])
@pytest.mark.parametrize("inverted", [False, True])
def test_the_shipped_network_reads_clear_print(text: str, inverted: bool) -> None:
    line = np.full((40, 26 * len(text)), 230, np.uint8)
    cv2.putText(line, text, (10, 30), cv2.FONT_HERSHEY_SIMPLEX, 1.0, (20,), 2, cv2.LINE_AA)

    read = StripReader().read(255 - line if inverted else line).text
    assert read.replace(" ", "") == text.replace(" ", ""), "digits and dots; OpenCV's versions draw gaps differently"
