"""Reading the boxes of one picture with the trained reader: glance at each, follow those that may hold a date.

In: a picture and boxes, the most promising first. Out: votes for dates, gathered.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from itertools import islice

from befresh_agent.domain.expiry import DateWindow
from befresh_agent.vision.dates.boxes import TextBox, angle_off, turned
from befresh_agent.vision.dates.date_reader import HEIGHT, StripReader, StripReading
from befresh_agent.vision.dates.date_text import DateRead, dates_read, in_words
from befresh_agent.vision.dates.date_votes import DateVote, is_same_line
from befresh_agent.vision.images import Gray

_MOST_BOXES = 8
_MOST_FOLLOWED = 5
_MOST_TURNED = 3
_PIECE = re.compile(r"20[0-9]{2}|[0-9] ?\.|\. ?[0-9]")
"""Looks like a piece of a date: a year, or digits beside a dot."""
_FEWEST_DIGITS = 3
_SURELY = 4.0
"""Sure characters of a date, of which no date could be made: there is one that could not be read."""
_SURE = 0.7
"""A date before the window is one when it is read so surely: a misread year is none."""
_ENOUGH_VOTES = 3
_BLOCK = 4.0
"""Lines belong together up to this distance, in line heights."""
_GLANCE = (0.35, 0.2)
_TILTS = (2.5, -2.5, 4.0, -4.0)
"""Degrees by which a date is turned to be read once more: what is cut or slanted reads differently there."""
_STEEPER = (-8.0, 8.0, -15.0, 15.0)
"""Degrees by which the map's angle may be off, tried where neither it nor the ink's angle shows a whole date."""
_BETTER = 0.3
"""Another angle is taken when it reads so much more, in sure characters of a date."""
_LEVEL = 3.0
"""Degrees off that make no difference."""
_CLOSE_LOOKS = ((0.0, 0.15, 0.05), (0.0, 0.6, 0.35), *((tilt, 0.3, 0.25) for tilt in _TILTS))
"""Degrees turned by, room beside and above the print, in its heights: the same line seen in other ways."""
_LINE_BESIDE = (0.35, 0.35)
"""The same for a line of which only a neighbour is known."""
_WORD_LENGTH = 5.0
"""Room for a made-on or use-by word before or behind the date, in digit heights."""
_DATE_LENGTH = 12
"""Characters of a date with its spaces."""
_LINE_PITCHES = (-1.6, 1.6)
"""Distances of neighbouring lines, in digit heights: packs print made-on and use-by dates below each other."""
_LINE_LOOKS = ((0.0, 0.0), (0.0, 0.12), (2.0, 0.06), (-2.0, 0.06), (0.0, 0.2))
"""Degrees turned by, and room around a picture that is nothing but a line, in its heights."""


class BoxSearch:
    """Reading lines of one picture with the trained reader."""

    def __init__(self, gray: Gray, window: DateWindow, reader: StripReader) -> None:
        self._gray = gray
        self._window = window
        self._earlier = replace(window, first=date.min)
        self._reader = reader
        self._followed = 0
        self._senseless: list[TextBox] = []
        self.votes: list[DateVote] = []
        self.no_dates: list[StripReading] = []
        """What looked like dates, and is none that the window lets through."""
        self._incomplete: list[TextBox] = []
        self._too_early: list[TextBox] = []

    def read_whole(self) -> None:
        """The picture is nothing but a line of print."""
        height, width = self._gray.shape
        whole = TextBox(width / 2, height / 2, width, height, 0.0)
        for turn, room in _LINE_LOOKS:
            look = replace(whole, angle=turn)
            self.votes += self._seen(look, (room, room))

    def read_boxes(self, boxes: Iterable[TextBox]) -> None:
        """Glance at the boxes, follow those that may hold a date; once dates are found, only what stands near them."""
        for box in islice(boxes, _MOST_BOXES):
            if any(_is_the_same(box, other) for other in self._senseless):
                continue
            if self._followed < _MOST_FOLLOWED and (not self._has_found() or _is_news(box, self.votes)):
                self._read(box)

    def read_upside_down(self) -> None:
        """Look at what made no sense from the other side."""
        for box in self._senseless[:_MOST_TURNED]:
            self._read(replace(box, angle=box.angle + 180))

    @property
    def unread(self) -> list[TextBox]:
        """Looks at lines that must be dates and that no look could read, not even as earlier ones."""
        read = [*(vote.box for vote in self.votes), *self._too_early]
        return [box for box in self._incomplete if not any(is_same_line(box, other) for other in read)]

    def wants(self, x: float, y: float, reach: float) -> bool:
        """Whether it is worth to look for boxes at a place: once dates are found, only in reach of them."""
        return not self._has_found() or any(math.hypot(x - vote.box.x, y - vote.box.y) < reach for vote in self.votes)

    def _has_found(self) -> bool:
        return len(self.votes) >= _ENOUGH_VOTES

    def _read(self, box: TextBox) -> None:
        box, glance = self._along_the_print(box)
        votes: list[DateVote] = []
        if _may_be_a_date(glance.text):
            self._followed += 1
            votes = self._follow(box, glance)
            self.no_dates += [] if votes else [glance]
        if not votes:
            self._senseless.append(box)
        self.votes += votes

    def _along_the_print(self, box: TextBox) -> tuple[TextBox, StripReading]:
        """The box turned as its print runs, and the glance at it: the map's angle may be a dozen degrees off."""
        glance = self._look(box, _GLANCE)
        if _sure_characters(glance) < _FEWEST_DIGITS - 1:
            return box, glance
        best = box, glance
        off = angle_off(self._gray, box)
        if abs(off) >= _LEVEL:
            best = self._better(best, replace(box, angle=box.angle + off))
        if _may_be_a_date(best[1].text) and not dates_read(best[1], self._window):
            for more in _STEEPER:
                best = self._better(best, replace(box, angle=box.angle + more))
        return best

    def _better(self, best: tuple[TextBox, StripReading], other: TextBox) -> tuple[TextBox, StripReading]:
        glance = self._look(other, _GLANCE)
        return (other, glance) if _sure_characters(glance) > _sure_characters(best[1]) + _BETTER else best

    def _follow(self, box: TextBox, glance: StripReading) -> list[DateVote]:
        """Read the promising box closely, or wider where it holds but a part of a date; then the lines beside it."""
        votes = self._votes(glance, box, _GLANCE)
        if not votes:
            votes = [vote for wider in _wider(box, glance) for vote in self._seen(wider, _GLANCE)]
        if not votes:
            return []
        line = votes[0].box
        votes += self._closely(line)
        for move in (-_WORD_LENGTH, _WORD_LENGTH):
            votes += self._seen(_longer(line, move * line.height), _GLANCE)
        for pitch in _LINE_PITCHES:
            votes += self._beside(line, pitch)
        return votes

    def _closely(self, box: TextBox) -> list[DateVote]:
        return [
            vote
            for turn, beside, above in _CLOSE_LOOKS
            for vote in self._seen(replace(box, angle=box.angle + turn), (beside, above))
        ]

    def _beside(self, box: TextBox, pitch: float) -> list[DateVote]:
        """Votes from the line above or below."""
        beside = box.moved(0, pitch * box.height).sized(box.width + 1.2 * box.height, box.height)
        votes = self._seen(beside, _LINE_BESIDE)
        return votes + self._closely(votes[0].box) if votes else []

    def _seen(self, box: TextBox, room: tuple[float, float]) -> list[DateVote]:
        return self._votes(self._look(box, room), box, room)

    def _look(self, box: TextBox, room: tuple[float, float]) -> StripReading:
        """Read the box with room beside and above it."""
        return self._reader.read(turned(self._gray, _roomy(box, room), HEIGHT))

    def _votes(self, reading: StripReading, box: TextBox, room: tuple[float, float]) -> list[DateVote]:
        text, witness = in_words(reading.text), self._witness(box)
        found = dates_read(reading, self._window)
        if not found and _must_be_a_date(reading):
            is_earlier = any(one.confidence >= _SURE for one in dates_read(reading, self._earlier))
            (self._too_early if is_earlier else self._incomplete).append(box)
        return [
            DateVote(one.day, one.confidence, text, _around(one, box, room), one.role, witness, one.digits, one.rival)
            for one in found
        ]

    def _witness(self, box: TextBox) -> int:
        """The number of the look: boxes that a map found apart, and angles, are looks of their own."""
        return 1000 * self._followed + round(box.angle)


def _roomy(box: TextBox, room: tuple[float, float]) -> TextBox:
    """The box with room beside and above the print, in its heights."""
    beside, above = room
    return box.sized(box.width + 2 * beside * box.height, box.height * (1 + 2 * above))


def _around(read: DateRead, box: TextBox, room: tuple[float, float]) -> TextBox:
    """The box around the characters of a date that were read in a box with room."""
    pitch = (read.last - read.first) / max(len(read.digits) - 1, 1)
    middle, length = (read.first + read.last) / 2, read.last - read.first + pitch
    width = _roomy(box, room).width
    return box.moved((middle - 0.5) * width, 0).sized(length * width, box.height)


def _wider(box: TextBox, glance: StripReading) -> list[TextBox]:
    """The box may hold only the year, or only the end of the date."""
    pitch = box.width / max(len(glance.text), _FEWEST_DIGITS)
    length = max(_DATE_LENGTH * pitch, box.width + 3 * pitch)
    more = (length - box.width) / 2
    return [box.moved(move, 0).sized(length, box.height) for move in (more, -more, 0.0)]


def _sure_characters(reading: StripReading) -> float:
    """How many characters of a date were read, each as far as it is sure."""
    pairs = zip(reading.text, reading.chances, strict=True)
    return sum(chance for char, chance in pairs if char.isdigit() or char in "./-")


def _must_be_a_date(reading: StripReading) -> bool:
    return _may_be_a_date(reading.text) and _sure_characters(reading) >= _SURELY


def _may_be_a_date(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= _FEWEST_DIGITS and _PIECE.search(text) is not None


def _is_the_same(box: TextBox, other: TextBox) -> bool:
    """Whether another look at the same print would show the same again: spots overlap."""
    along, across = _distance(box, other)
    return (
        along < 0.1
        and across < 0.25
        and 0.85 < box.width / other.width < 1.18
        and 0.8 < box.height / other.height < 1.25
    )


def _longer(box: TextBox, more: float) -> TextBox:
    """The box with so many pixels more at its end, or before its beginning."""
    return box.moved(more / 2, 0).sized(box.width + abs(more), box.height)


def _is_news(box: TextBox, votes: Sequence[DateVote]) -> bool:
    """Whether the box may be another line of the block of print that a date was found in, or stand beside it."""
    distances = [_distance(box, vote.box) for vote in votes]
    is_read = any(along < 0.5 and across < 0.7 for along, across in distances)
    return not is_read and any(along < 2 and across < _BLOCK for along, across in distances)


def _distance(box: TextBox, line: TextBox) -> tuple[float, float]:
    """Along the line, in lengths of the two; across it, in its heights."""
    right, down = box.x - line.x, box.y - line.y
    cosine, sine = math.cos(math.radians(line.angle)), math.sin(math.radians(line.angle))
    along, across = abs(cosine * right + sine * down), abs(cosine * down - sine * right)
    return 2 * along / (box.width + line.width), across / line.height
