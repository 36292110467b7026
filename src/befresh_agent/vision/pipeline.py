"""One frame to findings: container codes first, expiry dates where there is no container, a hint where nothing is
found.

In: a gray frame and the plausible window. Out: findings. Runs inside the vision worker.
"""

from collections.abc import Callable, Collection
from time import perf_counter

import cv2
import numpy as np

from befresh_agent.domain.container import address_in_code
from befresh_agent.domain.detection import (
    ContainerSeen,
    Corners,
    DateSeen,
    FrameFindings,
    OtherCodeSeen,
    ProductSeen,
    ViewHint,
)
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.domain.gs1 import product_in_code
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Frame
from befresh_agent.vision.codes.code_readers import CodeReader, open_barcode_reader, open_code_reader
from befresh_agent.vision.dates.date_readers import DateReader, first_working
from befresh_agent.vision.dates.trained import PrintRead, TrainedDates
from befresh_agent.vision.images import Gray, from_frame, shrunk
from befresh_agent.vision.worker_wire import WorkerReady

_SIDE = 640

_DARK = 45
"""When almost no pixel is brighter than this, print cannot be told from noise."""

_BRIGHTEST = 98

_NEIGHBOURHOOD = np.ones((15, 15), np.uint8)

_SOMETHING = 40
"""Gray levels between the dark and the light side of things; below there is nothing to be sharp."""

_BLURRED = 0.12
"""Steepest slope as a share of the highest contrast: 0.3 in sharp pictures, below this print of any size is lost."""


def hint_for(gray: Gray, is_too_close: Callable[[Gray], bool]) -> ViewHint | None:
    """What is too close is blurred as well, but holding it still would not help."""
    small = shrunk(gray, _SIDE)
    if np.percentile(small, _BRIGHTEST) < _DARK:
        return ViewHint.TOO_DARK
    if is_too_close(gray):
        return ViewHint.TOO_CLOSE
    return ViewHint.BLURRED if _is_blurred(small) else None


def _is_blurred(small: Gray) -> bool:
    contrast = cv2.subtract(cv2.dilate(small, _NEIGHBOURHOOD), cv2.erode(small, _NEIGHBOURHOOD))
    if np.percentile(contrast, 95) < _SOMETHING:
        return False
    right, down = (cv2.Sobel(small, cv2.CV_32F, x, 1 - x, scale=1 / 8) for x in (1, 0))
    steepest = np.percentile(cv2.magnitude(right, down), 99.5)
    return bool(steepest < _BLURRED * np.percentile(contrast, 99.5))


Code = ContainerSeen | OtherCodeSeen | ProductSeen

_SURE = 2
"""A code does not misread: its date counts like one read twice."""


class VisionPipeline:
    """Looks at one frame after the other, at each for itself."""

    def __init__(
        self, read_codes: CodeReader, read_dates: DateReader | None, read_barcodes: CodeReader | None = None
    ) -> None:
        self._read_codes = read_codes
        self._read_dates = read_dates
        self._read_barcodes = read_barcodes
        self._is_too_close = read_dates.is_too_close if isinstance(read_dates, TrainedDates) else _cannot_tell

    def look(self, frame: Frame, window: DateWindow, known: Collection[str] = ()) -> FrameFindings:
        """What is in the frame; `known` are the texts of the codes that were in view before."""
        began = perf_counter()
        gray = from_frame(frame)
        codes = self._codes(gray)
        print_read = PrintRead(_dates_in_codes(codes, window))
        if not print_read.dates and _wants_date(codes, known):
            print_read = self._read_print(gray, window)
        dates, doubt, unused = print_read
        hint = None if codes or dates or doubt or unused else hint_for(gray, self._is_too_close)
        return FrameFindings((*codes, *dates), round((perf_counter() - began) * 1000, 1), hint, doubt, unused)

    def _read_print(self, gray: Gray, window: DateWindow) -> PrintRead:
        """Only the networks know how sure they are."""
        if isinstance(self._read_dates, TrainedDates):
            return self._read_dates.read(gray, window)
        return PrintRead(self._read_dates(gray, window) if self._read_dates else [])

    def _codes(self, gray: Gray) -> list[Code]:
        """The codes of the frame, containers first; a barcode counts only where there is no QR code."""
        codes = [_code(text, corners) for text, corners in self._read_codes(gray).items()]
        codes.sort(key=lambda code: isinstance(code, OtherCodeSeen))
        if codes or self._read_barcodes is None:
            return codes
        products = ((product_in_code(number), corners) for number, corners in self._read_barcodes(gray).items())
        return [ProductSeen(product, corners=corners) for product, corners in products if product is not None]


def _wants_date(codes: list[Code], known: Collection[str]) -> bool:
    """Whether reading print is worth its time.

    A container has no date. A pack may bear a code of its own beside the date: a new code is told at once, and the
    date is looked for while the code stays in view.
    """
    others = {code.text for code in codes if isinstance(code, OtherCodeSeen)}
    return not any(isinstance(code, ContainerSeen) for code in codes) and others.issubset(known)


def _cannot_tell(_gray: Gray) -> bool:
    """Without the networks nothing tells a date that is too large from anything else."""
    return False


def _code(text: str, corners: Corners) -> Code:
    if address := address_in_code(text):
        return ContainerSeen(address, text, corners)
    product = product_in_code(text)
    return OtherCodeSeen(text, corners) if product is None else ProductSeen(product, text, corners)


def _dates_in_codes(codes: list[Code], window: DateWindow) -> list[DateSeen]:
    days = ((code.product.expires_on, code) for code in codes if isinstance(code, ProductSeen))
    return [
        DateSeen(day, 1.0, code.text, _SURE, code.corners) for day, code in days if day is not None and day in window
    ]


def open_pipeline(reader: str) -> tuple[VisionPipeline, WorkerReady]:
    """The pipeline with the chosen date reader, and what is to be said of that: codes are read without it.

    Raises `DeviceError` or `ImportError` when not even codes can be read.
    """
    cv2.setNumThreads(1)
    read_codes, read_barcodes = open_code_reader(), open_barcode_reader()
    try:
        read_dates, problems = first_working(reader)
    except DeviceError as error:
        return VisionPipeline(read_codes, None, read_barcodes), WorkerReady(no_dates=str(error))
    return VisionPipeline(read_codes, read_dates, read_barcodes), WorkerReady(second_best="; ".join(map(str, problems)))
