"""Which way expiry dates are read on this machine."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Protocol

import cv2
import numpy as np

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry import Window
from befresh_agent.errors import DeviceError
from befresh_agent.vision.gray import Gray


class DateReader(Protocol):
    """Reads the plausible dates in a picture, the surest first."""

    def __call__(self, gray: Gray, window: Window) -> list[DateSeen]: ...


def open_date_reader(choice: str) -> DateReader:
    """The reader of that name, or for `auto` the first that works. Raises `DeviceError` when none does."""
    return first_working(choice)[0]


def first_working(choice: str) -> tuple[DateReader, list[DeviceError]]:
    """The same, and why those before it do not work."""
    ways = _WAYS.values() if choice == "auto" else [_WAYS[choice]]
    problems: list[DeviceError] = []
    for way in ways:
        try:
            return way(), problems
        except ImportError as error:
            problems.append(DeviceError(str(error), remedy="pip install 'befresh-agent[vision]'"))
        except DeviceError as error:
            problems.append(error)
    raise problems[0]


def _trained() -> DateReader:
    from befresh_agent.vision.decoders.trained import TrainedDates

    try:
        reader = TrainedDates()
        reader(np.full((40, 160), 128, np.uint8), Window(date.min, date.max))  # both networks run once
    except (AttributeError, OSError, cv2.error) as error:
        why = f"OpenCV {cv2.__version__} cannot run the networks: {' '.join(str(error).split())}"
        raise DeviceError(why, remedy="pip install --upgrade opencv-python-headless") from error
    return reader


def _tesserocr() -> DateReader:
    from befresh_agent.vision.decoders.dates import find_dates
    from befresh_agent.vision.decoders.tesseract import TesserocrReader

    return partial(find_dates, reader=TesserocrReader())


def _pytesseract() -> DateReader:
    from befresh_agent.vision.decoders.page import PageReader

    return PageReader()


_WAYS: dict[str, Callable[[], DateReader]] = {
    "trained": _trained,
    "tesserocr": _tesserocr,
    "pytesseract": _pytesseract,
}
