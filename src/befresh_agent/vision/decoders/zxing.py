"""QR codes and barcodes by zxing-cpp."""

from collections.abc import Iterable

import zxingcpp

from befresh_agent.domain.corners import Corners
from befresh_agent.vision.decoders.bends import unbent
from befresh_agent.vision.gray import Gray, long_side, scaled

_QR = zxingcpp.barcode_formats_from_str("QRCode")
_EAN = zxingcpp.barcode_formats_from_str("EAN13")
"""Nothing else: on food packs the other symbologies find what is not there."""

_SMALL_SIDE = 640
"""For further tries at this size and at half of it: in a small picture blur, noise and patterns are averaged away."""


def read_codes(gray: Gray) -> dict[str, Corners]:
    """As the picture is; if nothing was read, small and by one threshold for all; then as if the code were bent."""
    found = _find(gray, zxingcpp.Binarizer.LocalAverage, damaged_too=True)
    side = min(long_side(gray), _SMALL_SIDE)
    return (
        _texts(found)
        or _read_small(scaled(gray, side), long_side(gray))
        or _read_small(scaled(gray, max(side // 2, 1)), long_side(gray))
        or _read_bent(gray, [_corners(code) for code in found if code.format == zxingcpp.BarcodeFormat.QRCode])
    )


def read_barcodes(gray: Gray) -> dict[str, Corners]:
    """The numbers of EAN-13 barcodes."""
    return _texts(_find(gray, zxingcpp.Binarizer.LocalAverage, _EAN))


def _read_small(small: Gray, side: int) -> dict[str, Corners]:
    return _texts(_find(small, zxingcpp.Binarizer.GlobalHistogram), side / long_side(small))


def _read_bent(gray: Gray, damaged: list[Corners]) -> dict[str, Corners]:
    """The first code that was found, if it can be read once a bend is taken out of it."""
    for corners in damaged[:1]:
        for flat in unbent(gray, corners):
            if texts := _texts(_find(flat, zxingcpp.Binarizer.LocalAverage, thorough=False)):
                return dict.fromkeys(texts, corners)
    return {}


def _find(
    gray: Gray,
    binarizer: zxingcpp.Binarizer,
    formats: zxingcpp.BarcodeFormats = _QR,
    *,
    thorough: bool = True,
    damaged_too: bool = False,
) -> list[zxingcpp.Barcode]:
    return zxingcpp.read_barcodes(
        gray,
        formats=formats,
        binarizer=binarizer,
        text_mode=zxingcpp.TextMode.Plain,
        try_downscale=thorough,
        try_invert=thorough,
        return_errors=damaged_too,
    )


def _texts(found: Iterable[zxingcpp.Barcode], factor: float = 1.0) -> dict[str, Corners]:
    """What was read, in pixels of a picture that is larger by a factor."""
    return {code.text: _corners(code, factor) for code in found if code.valid}


def _corners(code: zxingcpp.Barcode, factor: float = 1.0) -> Corners:
    at = code.position
    corners = (at.top_left, at.top_right, at.bottom_right, at.bottom_left)
    return tuple((round(corner.x * factor), round(corner.y * factor)) for corner in corners)
