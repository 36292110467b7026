"""Expiry dates in a gray picture, by the trained networks: the map says where, the reader says what, votes decide.

In: a picture and the plausible window. Out: the dates in it, one for each printed line, the one that is meant first.
The map is made twice: of the whole picture at a small size, then of the likeliest spots at a large one.
"""

from collections.abc import Iterator
from itertools import islice

import cv2

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry import Window
from befresh_agent.vision.decoders.boxes import Box, is_a_line
from befresh_agent.vision.decoders.date_map import Cells, DateMap, boxes_of, spots_of
from befresh_agent.vision.decoders.date_reader import StripReader
from befresh_agent.vision.decoders.date_search import Search
from befresh_agent.vision.decoders.votes import count
from befresh_agent.vision.gray import Gray, long_side, scaled

_SMALL = 0.7
"""The whole picture is looked at in this share of its size ..."""
_SMALL_SIDES = (448, 640)
"""... but with a long side between these."""
_LARGE_ENOUGH = 9.0
"""Digits of this height in the small picture, in pixels, are boxed well there; lower ones are looked at again."""
_SPOT = 4
"""A spot is so many times smaller than the picture's long side."""
_SPOT_SIDE = 256
"""Its size before the map's eyes."""
_MOST_SPOTS = 10
_MOST_BOXES = 3
"""Boxes of one spot that are glanced at."""
_LEAST_FAR, _LEAST_NEAR = 3.5, 5.0
"""What a box must promise to be glanced at: dates promise more before a nearer look."""
_TINY_SIDE = 128
"""Dates too large to be read look usual in a picture of this size ..."""
_TOO_LARGE = 0.09
"""... and are higher than this share of it: a date of ten characters fills the view."""
_SURE_ENOUGH = 0.7
"""Less sure dates are none."""


class TrainedDates:
    """Both networks, loaded once."""

    def __init__(self) -> None:
        self._map = DateMap()
        self._reader = StripReader()

    def __call__(self, gray: Gray, window: Window) -> list[DateSeen]:
        search = Search(gray, window, self._reader)
        if is_a_line(gray):
            search.read_whole()
        if not search.votes:
            self._look_around(gray, search)
        if not search.votes:
            search.read_upside_down()
        return [seen for seen in count(search.votes) if seen.confidence >= _SURE_ENOUGH]

    def is_too_close(self, gray: Gray) -> bool:
        """Whether there is a date so large that it hardly fits into the picture."""
        tiny = scaled(gray, min(_TINY_SIDE, long_side(gray)))
        return any(box.height > _TOO_LARGE * long_side(tiny) for box in boxes_of(self._map.of(tiny), _LEAST_FAR))

    def _look_around(self, gray: Gray, search: Search) -> None:
        lowest, highest = _SMALL_SIDES
        small = scaled(gray, min(max(round(_SMALL * long_side(gray)), lowest), highest, long_side(gray)))
        factor = gray.shape[1] / small.shape[1]
        cells = self._map.of(small)
        search.read_boxes(_moved(box, factor) for box in boxes_of(cells, _LEAST_FAR) if box.height >= _LARGE_ENOUGH)
        for x, y in islice(self._spots(cells, small), _MOST_SPOTS):
            if search.wants(x * factor, y * factor, long_side(gray) / _SPOT):
                search.read_boxes(self._boxes_near(gray, x * factor, y * factor))

    def _spots(self, cells: Cells, small: Gray) -> Iterator[tuple[float, float]]:
        apart = round(0.375 * long_side(small) / _SPOT / 4)
        return spots_of(cells, apart)

    def _boxes_near(self, gray: Gray, x: float, y: float) -> list[Box]:
        side = long_side(gray) // _SPOT
        left = int(min(max(x - side / 2, 0), max(gray.shape[1] - side, 0)))
        top = int(min(max(y - side / 2, 0), max(gray.shape[0] - side, 0)))
        spot = gray[top : top + side, left : left + side]
        factor = side / _SPOT_SIDE
        size = (round(spot.shape[1] / factor), round(spot.shape[0] / factor))
        way = cv2.INTER_AREA if factor > 1 else cv2.INTER_CUBIC
        boxes = boxes_of(self._map.of(cv2.resize(spot, size, interpolation=way)), _LEAST_NEAR)
        return [_moved(box, factor, left, top) for box in boxes[:_MOST_BOXES]]


def _moved(box: Box, factor: float, left: float = 0, top: float = 0) -> Box:
    """The box in pixels of a picture that is larger by a factor and of which its own begins at a corner."""
    return Box(box.x * factor + left, box.y * factor + top, box.width * factor, box.height * factor, box.angle)
