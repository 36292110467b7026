"""Codes in a gray picture: which library reads them on this machine."""

from typing import Protocol

from befresh_agent.domain.detection import Corners
from befresh_agent.errors import DeviceError
from befresh_agent.vision.images import Gray


class CodeReader(Protocol):
    """Reads the text of every code in the picture, whatever it says, and where it is; the same text but once."""

    def __call__(self, gray: Gray) -> dict[str, Corners]: ...


def open_barcode_reader() -> CodeReader | None:
    """Reads the barcodes and GS1 codes of products; None where zxing-cpp is not installed."""
    try:
        from befresh_agent.vision.codes.zxing import read_barcodes
    except ImportError:
        return None
    return read_barcodes


def open_code_reader() -> CodeReader:
    """zxing-cpp where it is installed: it reads a tenth more codes in a tenth of the time. ZBar otherwise."""
    try:
        from befresh_agent.vision.codes.zxing import read_codes

        return read_codes
    except ImportError:
        pass
    try:
        from befresh_agent.vision.codes.zbar import read_codes_with_zbar

        return read_codes_with_zbar
    except ImportError as error:
        remedy = "pip install zxing-cpp (or apt install libzbar0 and pip install pyzbar)"
        raise DeviceError(f"no QR reader: {error}", remedy=remedy) from error
