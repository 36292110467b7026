"""QR codes and barcodes by zxing-cpp, and codes on round or crumpled packs with their bend taken out.

The squares of such a code are found, but lie too far from where they should be. So it is cut out flat, each time with
another bend taken out.
"""

from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, product

import cv2
import numpy as np
import zxingcpp
from numpy.typing import NDArray

from befresh_agent.domain.detection import Corners
from befresh_agent.vision.images import Gray, long_side, scaled, shrunk

_SIDE, _MARGIN = 260, 24
"""Pixels of a flat code and of the light edge around it."""

_BEND = 0.012
"""The middle is off by so much of the side: a third of a square in a code of 25, less in smaller ones."""

_SHARP = 1.25
"""Larger codes are shrunk first, or squares would be skipped."""

Places = NDArray[np.float32]


def unbend(gray: Gray, corners: Corners) -> Iterator[Gray]:
    bent = np.array(corners, np.float32)
    side = float(np.ptp(bent, axis=0).max())
    small = shrunk(gray, round(long_side(gray) * min(1.0, _SHARP * _SIDE / max(side, 1.0))))
    square = np.array([(0, 0), (1, 0), (1, 1), (0, 1)], np.float32)
    from_flat = cv2.getPerspectiveTransform(square, bent * long_side(small) / long_side(gray))
    for places in _bends():
        right, down = cv2.split(cv2.perspectiveTransform(places, from_flat))  # OpenCV 5 misreads one map of both
        yield cv2.remap(small, right, down, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


@cache
def _flat_and_bows() -> tuple[Places, list[Places]]:
    """Where each pixel of a flat code lies, in sides; and how far a bow moves it: either way, along either side."""
    line = (np.arange(_SIDE + 2 * _MARGIN, dtype=np.float32) - _MARGIN) / _SIDE
    flat = np.stack(np.meshgrid(line, line), axis=2)
    bow = 4 * _BEND * flat * (1 - flat)
    bows = [np.zeros_like(flat) for _ in range(4)]
    for one, (moved, along) in zip(bows, product((0, 1), repeat=2), strict=True):
        one[..., moved] = bow[..., along]
    return flat, bows


def _bends() -> Iterator[Places]:
    """The flat code with one bow, then with two, to this side and to that."""
    flat, bows = _flat_and_bows()
    for count in (1, 2):
        for some in combinations(bows, count):
            for signs in product((1, -1), repeat=count):
                yield flat + sum(sign * bow for sign, bow in zip(signs, some, strict=True))


_QR = zxingcpp.barcode_formats_from_str("QRCode")

_PRODUCTS = zxingcpp.barcode_formats_from_str("EAN13,EAN8,UPCA,DataMatrix,DataBarExpanded,Code128")

_RETAIL = frozenset({zxingcpp.BarcodeFormat.EAN13, zxingcpp.BarcodeFormat.EAN8, zxingcpp.BarcodeFormat.UPCA})
"""These bear nothing but a product's number; the others count where they say of themselves that they follow GS1."""

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
    """The numbers of EAN and UPC barcodes, and the element strings of GS1 codes."""
    found = _find(gray, zxingcpp.Binarizer.LocalAverage, _PRODUCTS)
    return _texts(code for code in found if code.format in _RETAIL or code.content_type == zxingcpp.ContentType.GS1)


def _read_small(small: Gray, side: int) -> dict[str, Corners]:
    return _texts(_find(small, zxingcpp.Binarizer.GlobalHistogram), side / long_side(small))


def _read_bent(gray: Gray, damaged: list[Corners]) -> dict[str, Corners]:
    """The first code that was found, if it can be read once a bend is taken out of it."""
    for corners in damaged[:1]:
        for flat in unbend(gray, corners):
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
