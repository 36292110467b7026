"""Expiry dates by reading the whole picture at once with the `tesseract` program: the second way, where tesserocr is
not installed. Starting the program costs too much to do it for every line.
"""

import shutil
from datetime import date

import cv2
import pytesseract
from PIL import Image

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry import DateWindow, dates_in
from befresh_agent.domain.expiry_words import DateRole
from befresh_agent.errors import DeviceError
from befresh_agent.vision.dates.tesseract_lines import mended
from befresh_agent.vision.images import Gray, scaled

_SIDE = 1280
_SPARSE_TEXT = "--psm 11"
_LONGEST_S = 8
_UNKNOWN_CONFIDENCE = 0.5
"""The plain text output says nothing about confidence."""


class PageReader:
    def __init__(self) -> None:
        if shutil.which(pytesseract.pytesseract.tesseract_cmd) is None:
            raise DeviceError("the tesseract program is missing", remedy="apt install tesseract-ocr")

    def __call__(self, gray: Gray, window: DateWindow) -> list[DateSeen]:
        """Dates read once or, when a second look through another preparation confirms them, twice."""
        soft = cv2.GaussianBlur(scaled(gray, _SIDE), (0, 0), 1.2)
        first = _read(_clear(soft), window)
        second = _read(soft, window) if first else {}
        return [
            DateSeen(day, _UNKNOWN_CONFIDENCE, text, reads=2 if day in second else 1)
            for day, text in sorted((first | second).items(), reverse=True)
        ]


def _clear(soft: Gray) -> Gray:
    return cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 41, 10)


def _read(gray: Gray, window: DateWindow) -> dict[date, str]:
    try:
        page = pytesseract.image_to_string(Image.fromarray(gray), config=_SPARSE_TEXT, timeout=_LONGEST_S)
    except (RuntimeError, pytesseract.TesseractError):
        return {}  # too slow or not readable; the next frame will be another
    lines = [mended(line) for line in page.splitlines()]
    return {found.day: line for line in lines for found in dates_in(line, window) if found.role is not DateRole.MADE_ON}
