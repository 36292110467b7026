"""QR codes by zxing-cpp."""

import cv2
import zxingcpp

from befresh_agent.vision.gray import Gray, shrunk

_SMALL_SIDE = 640
"""Large frames get a second chance at this size: blur and noise are averaged away."""

_QR = zxingcpp.barcode_formats_from_str("QRCode")
_EAN = zxingcpp.barcode_formats_from_str("EAN13")
"""Nothing else: on food packs the other symbologies find what is not there."""


def read_codes(gray: Gray) -> list[str]:
    """As the picture is; then, if nothing was found, by one threshold for the whole picture, and smoothed."""
    return (
        _read(gray, zxingcpp.Binarizer.LocalAverage)
        or _read(shrunk(gray, _SMALL_SIDE), zxingcpp.Binarizer.GlobalHistogram)
        or _read(cv2.GaussianBlur(shrunk(gray, _SMALL_SIDE), (0, 0), 2), zxingcpp.Binarizer.LocalAverage)
    )


def read_barcodes(gray: Gray) -> list[str]:
    """The numbers of EAN-13 barcodes."""
    return _read(gray, zxingcpp.Binarizer.LocalAverage, _EAN)


def _read(gray: Gray, binarizer: zxingcpp.Binarizer, formats: zxingcpp.BarcodeFormats = _QR) -> list[str]:
    found = zxingcpp.read_barcodes(gray, formats=formats, binarizer=binarizer, text_mode=zxingcpp.TextMode.Plain)
    return list(dict.fromkeys(code.text for code in found))
