"""Expiry dates in a gray picture: find lines, glance at each, read the promising ones closely, put the votes together.

In: a picture and the plausible window. Out: the dates in it, one for each printed line.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry import Window, dates_in
from befresh_agent.vision.decoders.boxes import Box, find_boxes, is_a_line
from befresh_agent.vision.decoders.lines import LineReader, ReadLine, mended
from befresh_agent.vision.decoders.strips import cut, whole
from befresh_agent.vision.decoders.votes import Vote, count
from befresh_agent.vision.gray import Gray, long_side, scaled

_WORKING_SIDE = 1280
"""The boxes are sought at this size: print that fills a hand's width is then 15 to 60 pixels high."""
_SMOOTH_SIDE = 640
"""A picture shrunk to this first has its dot-matrix dots melted into strokes."""
_MOST_BOXES = 40
_MOST_WIDENED = 8
_ENOUGH_VOTES = 3
_DIGITS_OF_TEXT = 3
_DIGITS_OF_A_DATE = 6
_DATE_LENGTH = 12
"""Characters of a date with its spaces, for widening a box that holds only its year."""
_LINE_PITCHES = (1.25, 1.6)
"""Distances of neighbouring lines, in line heights: packs print made-on and use-by dates below each other."""
_BLOCK = 3.5
"""Lines belong together up to this distance, in line heights."""
_YEAR = re.compile(r"20[12][0-9]")


def find_dates(gray: Gray, window: Window, reader: LineReader) -> list[DateSeen]:
    """At a smooth scale first, which suits dot-matrix print, then at a sharp one."""
    if is_a_line(gray):
        return count(_Search(gray, window, reader).read(whole(gray)))
    working = _smoothed(gray)
    votes = _Search(working, window, reader).votes()
    if not votes and long_side(gray) > _SMOOTH_SIDE * 1.1:
        working = scaled(gray, _WORKING_SIDE)
        votes = _Search(working, window, reader).votes()
    return [_in_frame(seen, long_side(gray) / long_side(working)) for seen in count(votes)]


def _in_frame(seen: DateSeen, factor: float) -> DateSeen:
    return replace(seen, corners=tuple((round(x * factor), round(y * factor)) for x, y in seen.corners))


def _smoothed(gray: Gray) -> Gray:
    if long_side(gray) > _SMOOTH_SIDE * 1.1:
        gray = scaled(gray, _SMOOTH_SIDE)
    return scaled(gray, _WORKING_SIDE)


class _Search:
    """One pass over one picture."""

    def __init__(self, gray: Gray, window: Window, reader: LineReader) -> None:
        self._gray = gray
        self._window = window
        self._reader = reader
        self._widened = 0

    def votes(self) -> list[Vote]:
        votes: list[Vote] = []
        for box in self._boxes(votes):
            found = self._in_box(box)
            if found:
                found += self._beside(box, -1) + self._beside(box, +1)
            votes += found
        return votes

    def _boxes(self, votes: list[Vote]) -> Iterator[Box]:
        """The boxes worth a look: once dates are found, only what stands near them."""
        for box in find_boxes(self._gray)[:_MOST_BOXES]:
            if len(votes) < _ENOUGH_VOTES or any(_is_neighbour(box, vote.box) for vote in votes):
                yield box

    def _in_box(self, box: Box) -> list[Vote]:
        strip = cut(self._gray, box)
        glance = self._reader.glance(strip)
        if _digits(glance.text) < _DIGITS_OF_TEXT:
            return []
        votes = self._votes_of(glance, box)
        if votes or _digits(glance.text) >= _DIGITS_OF_A_DATE or glance.text.count(".") >= 2:
            votes += self._votes_of_all(self._reader.read(strip), box)
        if not votes and self._widened < _MOST_WIDENED and _may_be_cut(glance):
            self._widened += 1
            votes = self._in_wider_box(box, len(glance.text.replace(" ", "")))
        if any(map(_has_bare_day, votes)):
            votes = self.read(_longer(votes[0].box)) or votes
        return votes

    def _in_wider_box(self, box: Box, characters: int) -> list[Vote]:
        """The box may hold only the year, or only the middle of the date."""
        pitch = box.width / max(characters, _DIGITS_OF_TEXT)
        length = _DATE_LENGTH * pitch
        to_the_right = box.moved((length - box.width) / 2 - pitch, 0).sized(length, box.height * 1.05)
        return self.read(to_the_right) or self.read(box.sized(box.width * 2.6, box.height * 1.05))

    def _beside(self, box: Box, side: int) -> list[Vote]:
        """Votes from the line above (-1) or below (+1)."""
        for pitch in _LINE_PITCHES:
            neighbour = box.moved(0, side * pitch * box.height).sized(box.width * 1.15, box.height * 1.05)
            glance = self._reader.glance(cut(self._gray, neighbour))
            if _digits(glance.text) >= _DIGITS_OF_A_DATE - 1 and (votes := self.read(neighbour, glance)):
                return votes
        return []

    def read(self, box: Box, glance: ReadLine | None = None) -> list[Vote]:
        """Votes from every way to read the box."""
        strip = cut(self._gray, box)
        return self._votes_of_all([glance or self._reader.glance(strip), *self._reader.read(strip)], box)

    def _votes_of_all(self, lines: list[ReadLine], box: Box) -> list[Vote]:
        return [vote for line in lines for vote in self._votes_of(line, box)]

    def _votes_of(self, line: ReadLine, box: Box) -> list[Vote]:
        text = mended(line.text)
        return [Vote(found.day, line.confidence, text, box, found.role) for found in dates_in(text, self._window)]


def _has_bare_day(vote: Vote) -> bool:
    """Whether the day is a single digit: then the box may end in the middle of it."""
    return vote.day.day < 10 and bool(re.search(rf"[. ]{vote.day.day}(?![0-9])", vote.text))


def _longer(box: Box) -> Box:
    """With room for two more digits at the right end."""
    return box.moved(box.height, 0).sized(box.width + 2 * box.height, box.height)


def _is_neighbour(box: Box, line: Box) -> bool:
    """Whether the box may be a line of the same block of print, above or below the line but not the line itself."""
    distance = abs(box.y - line.y) / line.height
    alike = 0.6 < box.height / line.height < 1.6
    return alike and 0.7 < distance < _BLOCK and abs(box.x - line.x) < max(box.width, line.width)


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


def _may_be_cut(glance: ReadLine) -> bool:
    """Whether this looks like a piece of a date."""
    few = _DIGITS_OF_TEXT <= _digits(glance.text) <= _DIGITS_OF_A_DATE
    return bool(_YEAR.search(glance.text)) or (few and glance.confidence > 0.4)
