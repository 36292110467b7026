"""One frame to findings: container codes first, expiry dates where there is no container.

In: a gray frame and the plausible window. Out: findings. Runs inside the vision worker.
"""

from time import perf_counter

import cv2

from befresh_agent.domain.container import address_in_code
from befresh_agent.domain.detection import ContainerSeen, Findings, OtherCodeSeen
from befresh_agent.domain.expiry import Window
from befresh_agent.errors import DeviceError
from befresh_agent.ports.camera import Frame
from befresh_agent.vision.decoders.codes import CodeReader, open_code_reader
from befresh_agent.vision.decoders.date_readers import DateReader, open_date_reader
from befresh_agent.vision.gray import from_frame
from befresh_agent.vision.quality import hint_for

Code = ContainerSeen | OtherCodeSeen


class Pipeline:
    """Looks at one frame after the other; remembers the codes of the last one."""

    def __init__(self, read_codes: CodeReader, read_dates: DateReader | None) -> None:
        self._read_codes = read_codes
        self._read_dates = read_dates
        self._last: set[str] = set()

    def look(self, frame: Frame, window: Window) -> Findings:
        began = perf_counter()
        gray = from_frame(frame)
        texts = self._read_codes(gray)
        codes = sorted(map(_code, texts), key=lambda code: isinstance(code, OtherCodeSeen))
        dates = self._read_dates(gray, window) if self._read_dates and self._wants_date(codes, texts) else []
        self._last = set(texts)
        hint = None if texts or dates else hint_for(gray)
        return Findings((*codes, *dates), round((perf_counter() - began) * 1000, 1), hint)

    def start_over(self) -> None:
        """Forget the last frame: the next one shows something else."""
        self._last.clear()

    def _wants_date(self, codes: list[Code], texts: list[str]) -> bool:
        """Whether a date is worth its time.

        A container has none. A pack may bear a code of its own beside the date: a new code is told at once, and the
        date is looked for while the code stays in view.
        """
        return not any(isinstance(code, ContainerSeen) for code in codes) and self._last.issuperset(texts)


def _code(text: str) -> Code:
    address = address_in_code(text)
    return OtherCodeSeen(text) if address is None else ContainerSeen(address, text)


def open_pipeline(reader: str) -> tuple[Pipeline, str]:
    """The pipeline with the chosen date reader, and why there is none if there is none: codes are read without it.

    Raises `DeviceError` or `ImportError` when not even codes can be read.
    """
    cv2.setNumThreads(1)
    read_codes = open_code_reader()
    try:
        return Pipeline(read_codes, open_date_reader(reader)), ""
    except DeviceError as error:
        return Pipeline(read_codes, None), str(error)
