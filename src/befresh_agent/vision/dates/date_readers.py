"""Which way expiry dates are read on this machine."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, partial
from typing import Protocol

import cv2
import numpy as np

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.errors import DeviceError
from befresh_agent.runtime.remedies import missing
from befresh_agent.vision.images import Gray


class DateReader(Protocol):
    """Reads the plausible dates in a picture, the surest first."""

    def __call__(self, gray: Gray, window: DateWindow) -> list[DateSeen]: ...


@cache
def load_trained() -> DateReader:
    """Loaded once in a process; a worker has it from the process that it was forked from."""
    from befresh_agent.vision.dates.trained import TrainedDates

    try:
        reader = TrainedDates()
        reader(np.full((40, 160), 128, np.uint8), DateWindow(date.min, date.max))  # both networks run once
    except (AttributeError, OSError, cv2.error) as error:
        why = f"OpenCV {cv2.__version__} cannot run the networks: {' '.join(str(error).split())}"
        raise DeviceError(why, remedy="pip install --upgrade opencv-python-headless") from error
    return reader


def _tesserocr() -> DateReader:
    from befresh_agent.vision.dates.tesseract_lines import TesserocrReader, find_dates

    return partial(find_dates, reader=TesserocrReader())


def _pytesseract() -> DateReader:
    from befresh_agent.vision.dates.tesseract_page import PageReader

    return PageReader()


WAYS: Mapping[str, Callable[[], DateReader]] = {
    "trained": load_trained,
    "tesserocr": _tesserocr,
    "pytesseract": _pytesseract,
}
"""By the names of the setting, the best first."""


def open_date_reader(choice: str) -> DateReader:
    """The reader of that name, or for `auto` the first that works. Raises `DeviceError` when none does."""
    return first_working(choice)[0]


def first_working(
    choice: str, ways: Mapping[str, Callable[[], DateReader]] = WAYS
) -> tuple[DateReader, list[DeviceError]]:
    """The same, and why those before it do not work."""
    problems: list[DeviceError] = []
    for way in ways.values() if choice == "auto" else [ways[choice]]:
        try:
            return way(), problems
        except ImportError as error:
            problems.append(missing(error, "vision"))
        except DeviceError as error:
            problems.append(error)
    raise problems[0]
