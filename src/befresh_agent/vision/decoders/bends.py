"""Codes on round, dented or crumpled packs: their squares are found, but lie too far from where they should be.

In: a gray picture and the corners of such a code. Out: the code cut out flat, each time with another bend taken out.
"""

from collections.abc import Iterator
from functools import cache
from itertools import combinations, product

import cv2
import numpy as np
from numpy.typing import NDArray

from befresh_agent.domain.corners import Corners
from befresh_agent.vision.gray import Gray, long_side, shrunk

_SIDE, _MARGIN = 260, 24
"""Pixels of a flat code and of the light edge around it."""
_BEND = 0.012
"""The middle is off by so much of the side: a third of a square in a code of 25, less in smaller ones."""
_SHARP = 1.25
"""Larger codes are shrunk first, or squares would be skipped."""

Places = NDArray[np.float32]


def unbent(gray: Gray, corners: Corners) -> Iterator[Gray]:
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
