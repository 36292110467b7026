"""Expiry dates in a gray picture, by the trained networks: the map says where, the reader says what, votes decide.

In: a picture and the plausible window. Out: the dates in it, one for each printed line, the one that is meant first.
The map is made twice: of the whole picture at a small size, then of the likeliest spots at a large one.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

import cv2

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry import DateWindow
from befresh_agent.vision.dates.boxes import TextBox, is_a_line
from befresh_agent.vision.dates.date_map import Cells, DateMap, boxes_of, spots_of
from befresh_agent.vision.dates.date_reader import StripReader
from befresh_agent.vision.dates.date_search import BoxSearch
from befresh_agent.vision.dates.date_text import unused_way
from befresh_agent.vision.dates.date_votes import believed, count_votes, doubted
from befresh_agent.vision.dates.ink_fit import fitted
from befresh_agent.vision.images import Gray, long_side, scaled

_SMALL = 0.7
"""The whole picture is looked at in this share of its size ..."""
_SMALL_SIDES = (448, 640)
"""... but with a long side between these."""
_SMALLER_SIDES = (448, 320, 224)
"""Long sides of the pictures that are looked at when nothing was found."""
_COARSE_SIDE = 640
"""Before that a larger picture is looked at once more in this size: its spots are other ones."""
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
"""Less sure dates are none; a person may be asked about them."""


class PrintRead(NamedTuple):
    """What was read in a picture."""

    dates: list[DateSeen]
    """Those that are believed, the one that is meant first."""
    doubt: DateSeen | None = None
    """Where none is believed: one that a person may be asked about."""
    unused: str | None = None
    """Where none was read: the spelling or order that is switched off and in which there is one."""


class TrainedDates:
    """Both networks, loaded once."""

    def __init__(self) -> None:
        self._map = DateMap()
        self._reader = StripReader()

    def __call__(self, gray: Gray, window: DateWindow) -> list[DateSeen]:
        return self.read(gray, window).dates

    def read(self, gray: Gray, window: DateWindow) -> PrintRead:
        """As a call, and what else is worth telling."""
        search = self._searched(gray, window)
        dates = count_votes(search.votes, search.unread)
        unused = None if dates else unused_way(search.no_dates, window)
        found = [replace(seen, corners=fitted(gray, seen.corners)) for seen in believed(dates, _SURE_ENOUGH)]
        return PrintRead(found, doubted(dates, _SURE_ENOUGH), unused)

    def _searched(self, gray: Gray, window: DateWindow) -> BoxSearch:
        search = BoxSearch(gray, window, self._reader)
        if is_a_line(gray):
            search.read_whole()
        if not search.votes:
            self._look_around(gray, search)
        if not search.votes and long_side(gray) > _COARSE_SIDE:
            self._look_around(scaled(gray, _COARSE_SIDE), search, gray.shape[1])
        for side in _SMALLER_SIDES:
            if not search.votes and side < long_side(gray):
                self._look_from_afar(gray, side, search)
        if not search.votes:
            search.read_upside_down()
        return search

    def is_too_close(self, gray: Gray) -> bool:
        """Whether there is a date so large that it hardly fits into the picture."""
        tiny = scaled(gray, min(_TINY_SIDE, long_side(gray)))
        return any(box.height > _TOO_LARGE * long_side(tiny) for box in boxes_of(self._map.cells(tiny), _LEAST_FAR))

    def _look_around(self, gray: Gray, search: BoxSearch, width: int | None = None) -> None:
        """Look at the picture, and at its likeliest spots; `width` is that of the picture to search if it is larger."""
        lowest, highest = _SMALL_SIDES
        small = scaled(gray, min(max(round(_SMALL * long_side(gray)), lowest), highest, long_side(gray)))
        factor, larger = gray.shape[1] / small.shape[1], (width or gray.shape[1]) / gray.shape[1]
        cells, whole = self._map.cells(small), factor * larger
        search.read_boxes(_moved(box, whole) for box in boxes_of(cells, _LEAST_FAR) if box.height >= _LARGE_ENOUGH)
        for x, y in islice(self._spots(cells, small), _MOST_SPOTS):
            if search.wants(x * whole, y * whole, larger * long_side(gray) / _SPOT):
                near = self._boxes_near(gray, x * factor, y * factor)
                search.read_boxes(_moved(box, larger) for box in near)

    def _look_from_afar(self, gray: Gray, side: int, search: BoxSearch) -> None:
        """Large print is no line to the map's eyes: in a smaller picture it is."""
        small = scaled(gray, side)
        factor = gray.shape[1] / small.shape[1]
        search.read_boxes(_moved(box, factor) for box in boxes_of(self._map.cells(small), _LEAST_FAR))

    def _spots(self, cells: Cells, small: Gray) -> Iterator[tuple[float, float]]:
        apart = round(0.375 * long_side(small) / _SPOT / 4)
        return spots_of(cells, apart)

    def _boxes_near(self, gray: Gray, x: float, y: float) -> list[TextBox]:
        side = long_side(gray) // _SPOT
        left = int(min(max(x - side / 2, 0), max(gray.shape[1] - side, 0)))
        top = int(min(max(y - side / 2, 0), max(gray.shape[0] - side, 0)))
        spot = gray[top : top + side, left : left + side]
        factor = side / _SPOT_SIDE
        size = (round(spot.shape[1] / factor), round(spot.shape[0] / factor))
        way = cv2.INTER_AREA if factor > 1 else cv2.INTER_CUBIC
        boxes = boxes_of(self._map.cells(cv2.resize(spot, size, interpolation=way)), _LEAST_NEAR)
        return [_moved(box, factor, left, top) for box in boxes[:_MOST_BOXES]]


def _moved(box: TextBox, factor: float, left: float = 0, top: float = 0) -> TextBox:
    """The box in pixels of a picture that is larger by a factor and of which its own begins at a corner."""
    return TextBox(box.x * factor + left, box.y * factor + top, box.width * factor, box.height * factor, box.angle)
