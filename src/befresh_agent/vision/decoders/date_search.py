"""Reading the boxes of one picture with the trained reader: glance at each, follow those that may hold a date.

In: a picture and boxes, the most promising first. Out: votes for dates, gathered.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice

from befresh_agent.domain.expiry import Window
from befresh_agent.vision.decoders.boxes import Box
from befresh_agent.vision.decoders.date_reader import Reading, StripReader
from befresh_agent.vision.decoders.date_strip import HEIGHT
from befresh_agent.vision.decoders.date_text import dates_read, in_words
from befresh_agent.vision.decoders.strips import turned
from befresh_agent.vision.decoders.votes import Vote
from befresh_agent.vision.gray import Gray

_MOST_BOXES = 8
_MOST_FOLLOWED = 5
_MOST_TURNED = 3
_PIECE = re.compile(r"20[0-9]{2}|[0-9] ?\.|\. ?[0-9]")
"""Looks like a piece of a date: a year, or digits beside a dot."""
_FEWEST_DIGITS = 3
_ENOUGH_VOTES = 3
_BLOCK = 4.0
"""Lines belong together up to this distance, in line heights."""
_GLANCE = (0.35, 0.2)
_CLOSE_LOOKS = ((0.15, 0.05), (0.6, 0.35), (0.25, 0.12))
"""Room beside and above the print, in its heights: the same line cut in other ways."""
_LINE_BESIDE = (0.35, 0.35)
"""The same for a line of which only a neighbour is known."""
_WORD_LENGTH = 5.0
"""Room for a made-on or use-by word before or behind the date, in digit heights."""
_DATE_LENGTH = 12
"""Characters of a date with its spaces."""
_LINE_PITCHES = (-1.6, 1.6)
"""Distances of neighbouring lines, in digit heights: packs print made-on and use-by dates below each other."""
_LINE_LOOKS = (0.0, 0.12, 0.06, 0.2)
"""Room around a picture that is nothing but a line, in its heights."""


class Search:
    """Reading lines of one picture with the trained reader."""

    def __init__(self, gray: Gray, window: Window, reader: StripReader) -> None:
        self._gray = gray
        self._window = window
        self._reader = reader
        self._followed = 0
        self._unread: list[Box] = []
        self.votes: list[Vote] = []

    def read_whole(self) -> None:
        """The picture is nothing but a line of print."""
        height, width = self._gray.shape
        whole = Box(width / 2, height / 2, width, height, 0.0)
        for room in _LINE_LOOKS:
            self.votes += self._votes(self._look(whole, (room, room)), whole)

    def read_boxes(self, boxes: Iterable[Box]) -> None:
        """Glance at the boxes, follow those that may hold a date; once dates are found, only what stands near them."""
        for box in islice(boxes, _MOST_BOXES):
            if any(_is_the_same(box, other) for other in self._unread):
                continue
            if self._followed < _MOST_FOLLOWED and (not self._has_found() or _is_news(box, self.votes)):
                self._read(box)

    def read_upside_down(self) -> None:
        """Look at what made no sense from the other side."""
        for box in self._unread[:_MOST_TURNED]:
            self._read(replace(box, angle=box.angle + 180))

    def wants(self, x: float, y: float, reach: float) -> bool:
        """Whether it is worth to look for boxes at a place: once dates are found, only in reach of them."""
        return not self._has_found() or any(math.hypot(x - vote.box.x, y - vote.box.y) < reach for vote in self.votes)

    def _has_found(self) -> bool:
        return len(self.votes) >= _ENOUGH_VOTES

    def _read(self, box: Box) -> None:
        glance = self._look(box, _GLANCE)
        votes: list[Vote] = []
        if _may_be_a_date(glance.text):
            self._followed += 1
            votes = self._follow(box, glance)
        if not votes:
            self._unread.append(box)
        self.votes += votes

    def _follow(self, box: Box, glance: Reading) -> list[Vote]:
        """Read the promising box closely, or wider where it holds but a part of a date; then the lines beside it."""
        votes = self._votes(glance, box)
        if not votes:
            votes = [vote for wider in _wider(box, glance) for vote in self._votes(self._look(wider, _GLANCE), wider)]
        if not votes:
            return []
        line = votes[0].box
        votes += self._closely(line)
        for move in (-_WORD_LENGTH, _WORD_LENGTH):
            wordy = _longer(line, move * line.height)
            votes += self._votes(self._look(wordy, _GLANCE), line)
        for pitch in _LINE_PITCHES:
            votes += self._beside(line, pitch)
        return votes

    def _closely(self, box: Box) -> list[Vote]:
        return [vote for room in _CLOSE_LOOKS for vote in self._votes(self._look(box, room), box)]

    def _beside(self, box: Box, pitch: float) -> list[Vote]:
        """Votes from the line above or below."""
        beside = box.moved(0, pitch * box.height).sized(box.width + 1.2 * box.height, box.height)
        votes = self._votes(self._look(beside, _LINE_BESIDE), beside)
        return votes + self._closely(beside) if votes else []

    def _look(self, box: Box, room: tuple[float, float]) -> Reading:
        """Read the box with room beside and above it."""
        beside, above = room
        roomy = box.sized(box.width + 2 * beside * box.height, box.height * (1 + 2 * above))
        return self._reader.read(turned(self._gray, roomy, HEIGHT))

    def _votes(self, reading: Reading, box: Box) -> list[Vote]:
        text = in_words(reading.text)
        return [Vote(one.day, one.confidence, text, box, one.role) for one in dates_read(reading, self._window)]


def _wider(box: Box, glance: Reading) -> list[Box]:
    """The box may hold only the year, or only the end of the date."""
    pitch = box.width / max(len(glance.text), _FEWEST_DIGITS)
    length = max(_DATE_LENGTH * pitch, box.width + 3 * pitch)
    more = (length - box.width) / 2
    return [box.moved(move, 0).sized(length, box.height) for move in (more, -more, 0.0)]


def _may_be_a_date(text: str) -> bool:
    return sum(character.isdigit() for character in text) >= _FEWEST_DIGITS and _PIECE.search(text) is not None


def _is_the_same(box: Box, other: Box) -> bool:
    """Whether another look at the same print would show the same again: spots overlap."""
    along, across = _distance(box, other)
    return (
        along < 0.1
        and across < 0.25
        and 0.85 < box.width / other.width < 1.18
        and 0.8 < box.height / other.height < 1.25
    )


def _longer(box: Box, more: float) -> Box:
    """The box with so many pixels more at its end, or before its beginning."""
    return box.moved(more / 2, 0).sized(box.width + abs(more), box.height)


def _is_news(box: Box, votes: Sequence[Vote]) -> bool:
    """Whether the box may be another line of the block of print that a date was found in, or stand beside it."""
    distances = [_distance(box, vote.box) for vote in votes]
    is_read = any(along < 0.5 and across < 0.7 for along, across in distances)
    return not is_read and any(along < 2 and across < _BLOCK for along, across in distances)


def _distance(box: Box, line: Box) -> tuple[float, float]:
    """Along the line, in lengths of the two; across it, in its heights."""
    right, down = box.x - line.x, box.y - line.y
    cosine, sine = math.cos(math.radians(line.angle)), math.sin(math.radians(line.angle))
    along, across = abs(cosine * right + sine * down), abs(cosine * down - sine * right)
    return 2 * along / (box.width + line.width), across / line.height
