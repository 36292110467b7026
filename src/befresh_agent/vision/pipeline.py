"""One frame to findings: container codes first, expiry dates where there is no container.

In: a gray frame and the plausible window. Out: findings. Runs inside the vision worker.
"""

from time import perf_counter

import cv2

from befresh_agent.domain.container import address_in_code
from befresh_agent.domain.corners import Corners
from befresh_agent.domain.detection import ContainerSeen, DateSeen, Findings, OtherCodeSeen, ProductSeen
from befresh_agent.domain.expiry import Window
from befresh_agent.domain.gs1 import product_in_code
from befresh_agent.errors import DeviceError
from befresh_agent.ports.camera import Frame
from befresh_agent.vision.decoders.codes import CodeReader, open_barcode_reader, open_code_reader
from befresh_agent.vision.decoders.date_readers import DateReader, first_working
from befresh_agent.vision.decoders.trained import TrainedDates
from befresh_agent.vision.gray import Gray, from_frame
from befresh_agent.vision.quality import hint_for
from befresh_agent.vision.wire import Ready

Code = ContainerSeen | OtherCodeSeen | ProductSeen
_SURE = 2
"""A code does not misread: its date counts like one read twice."""


class Pipeline:
    """Looks at one frame after the other; remembers the codes of the last one."""

    def __init__(
        self, read_codes: CodeReader, read_dates: DateReader | None, read_barcodes: CodeReader | None = None
    ) -> None:
        self._read_codes = read_codes
        self._read_dates = read_dates
        self._read_barcodes = read_barcodes
        self._is_too_close = read_dates.is_too_close if isinstance(read_dates, TrainedDates) else _cannot_tell
        self._last: set[str] = set()

    def look(self, frame: Frame, window: Window) -> Findings:
        began = perf_counter()
        gray = from_frame(frame)
        codes = self._codes(gray)
        dates = _dates_in_codes(codes, window)
        if self._read_dates and not dates and self._wants_date(codes):
            dates = self._read_dates(gray, window)
        self._last = {code.text for code in codes}
        hint = None if codes or dates else hint_for(gray, self._is_too_close)
        return Findings((*codes, *dates), round((perf_counter() - began) * 1000, 1), hint)

    def start_over(self) -> None:
        """Forget the last frame: the next one shows something else."""
        self._last.clear()

    def _codes(self, gray: Gray) -> list[Code]:
        """The codes of the frame, containers first; a barcode counts only where there is no QR code."""
        codes = [_code(text, corners) for text, corners in self._read_codes(gray).items()]
        codes.sort(key=lambda code: isinstance(code, OtherCodeSeen))
        if codes or self._read_barcodes is None:
            return codes
        products = ((product_in_code(number), corners) for number, corners in self._read_barcodes(gray).items())
        return [ProductSeen(product, corners=corners) for product, corners in products if product is not None]

    def _wants_date(self, codes: list[Code]) -> bool:
        """Whether reading print is worth its time.

        A container has no date. A pack may bear a code of its own beside the date: a new code is told at once, and the
        date is looked for while the code stays in view.
        """
        others = {code.text for code in codes if isinstance(code, OtherCodeSeen)}
        return not any(isinstance(code, ContainerSeen) for code in codes) and self._last.issuperset(others)


def _cannot_tell(_gray: Gray) -> bool:
    """Without the networks nothing tells a date that is too large from anything else."""
    return False


def _code(text: str, corners: Corners) -> Code:
    if address := address_in_code(text):
        return ContainerSeen(address, text, corners)
    product = product_in_code(text)
    return OtherCodeSeen(text, corners) if product is None else ProductSeen(product, text, corners)


def _dates_in_codes(codes: list[Code], window: Window) -> list[DateSeen]:
    days = ((code.product.expires_on, code) for code in codes if isinstance(code, ProductSeen))
    return [
        DateSeen(day, 1.0, code.text, _SURE, code.corners) for day, code in days if day is not None and day in window
    ]


def open_pipeline(reader: str) -> tuple[Pipeline, Ready]:
    """The pipeline with the chosen date reader, and what is to be said of that: codes are read without it.

    Raises `DeviceError` or `ImportError` when not even codes can be read.
    """
    cv2.setNumThreads(1)
    read_codes, read_barcodes = open_code_reader(), open_barcode_reader()
    try:
        read_dates, problems = first_working(reader)
    except DeviceError as error:
        return Pipeline(read_codes, None, read_barcodes), Ready(no_dates=str(error))
    return Pipeline(read_codes, read_dates, read_barcodes), Ready(second_best="; ".join(map(str, problems)))
