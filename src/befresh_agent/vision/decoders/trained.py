"""Expiry dates in a gray picture, by the trained networks: the map says where, the reader says what, votes decide.

In: a picture and the plausible window. Out: the dates in it, one for each printed line, the one that is meant first.
"""

from collections.abc import Iterator, Sequence

from befresh_agent.domain.detection import DateSeen
from befresh_agent.domain.expiry import Window
from befresh_agent.vision.decoders.boxes import Box, is_a_line
from befresh_agent.vision.decoders.date_map import DateMap
from befresh_agent.vision.decoders.date_reader import Reading, StripReader
from befresh_agent.vision.decoders.date_strip import HEIGHT
from befresh_agent.vision.decoders.date_text import dates_read, in_words
from befresh_agent.vision.decoders.strips import turned
from befresh_agent.vision.decoders.votes import Vote, count
from befresh_agent.vision.gray import Gray, long_side

_SIDES = (640, 1088)
"""The map is made at these sizes: the second, for small print in a large picture, only when the first gave no date."""
_MOST_BOXES = 10
_MOST_FOLLOWED = 5
_DIGITS_WORTH_A_LOOK = 3
_SUREST_ENOUGH = 0.5
"""Less sure dates are none."""
_GLANCE = (0.35, 0.2)
_CLOSE_LOOKS = ((0.15, 0.05), (0.6, 0.35), (0.25, 0.12))
"""Room beside and above the print, in its heights: the same line cut in other ways."""
_DATE_LENGTH = 12
"""Characters of a date with its spaces."""
_LINE_PITCHES = ((-1.4, -1.8), (1.4, 1.8))
"""Distances of neighbouring lines, in digit heights: packs print made-on and use-by dates below each other."""
_LINE_LOOKS = (0.0, 0.12, 0.06, 0.2)
"""Room around a picture that is nothing but a line, in its heights."""


class TrainedDates:
    """Both networks, loaded once."""

    def __init__(self) -> None:
        self._map = DateMap()
        self._reader = StripReader()

    def __call__(self, gray: Gray, window: Window) -> list[DateSeen]:
        search = _Search(gray, window, self._reader)
        passes = [search.whole()] if is_a_line(gray) else []
        votes = next((votes for votes in (*passes, *self._passes(gray, search)) if votes), [])
        return [seen for seen in count(votes) if seen.confidence >= _SUREST_ENOUGH]

    def _passes(self, gray: Gray, search: "_Search") -> Iterator[list[Vote]]:
        yield search.inside(self._map.boxes(gray, _SIDES[0])[:_MOST_BOXES])
        if long_side(gray) > _SIDES[0] * 1.1:
            yield search.inside(self._map.boxes(gray, min(_SIDES[1], long_side(gray)))[:_MOST_BOXES])


class _Search:
    """Reading lines of one picture."""

    def __init__(self, gray: Gray, window: Window, reader: StripReader) -> None:
        self._gray = gray
        self._window = window
        self._reader = reader

    def whole(self) -> list[Vote]:
        """The picture is nothing but a line of print."""
        height, width = self._gray.shape
        whole = Box(width / 2, height / 2, width, height, 0.0)
        return [vote for room in _LINE_LOOKS for vote in self._votes(self._look(whole, (room, room)), whole)]

    def inside(self, boxes: Sequence[Box]) -> list[Vote]:
        glances = ((box, self._look(box, _GLANCE)) for box in boxes)
        worth_it = [(box, glance) for box, glance in glances if _digits(glance) >= _DIGITS_WORTH_A_LOOK]
        return [vote for box, glance in worth_it[:_MOST_FOLLOWED] for vote in self._follow(box, glance)]

    def _follow(self, box: Box, glance: Reading) -> list[Vote]:
        """Read the promising box closely, or wider where it holds but a part of a date; then the lines beside it."""
        votes = self._votes(glance, box)
        if not votes:
            votes = [vote for wider in _wider(box, glance) for vote in self._votes(self._look(wider, _GLANCE), wider)]
        if not votes:
            return []
        line = votes[0].box
        votes += self._closely(line)
        for pitches in _LINE_PITCHES:
            votes += self._beside(line, pitches)
        return votes

    def _closely(self, box: Box) -> list[Vote]:
        return [vote for room in _CLOSE_LOOKS for vote in self._votes(self._look(box, room), box)]

    def _beside(self, box: Box, pitches: Sequence[float]) -> list[Vote]:
        """Votes from the line above or below, wherever exactly it is."""
        for pitch in pitches:
            beside = box.moved(0, pitch * box.height).sized(box.width + 1.2 * box.height, box.height)
            votes = self._votes(self._look(beside, _GLANCE), beside)
            if votes:
                return votes + self._closely(beside)
        return []

    def _look(self, box: Box, room: tuple[float, float]) -> Reading:
        """Read the box with room beside and above it."""
        beside, above = room
        roomy = box.sized(box.width + 2 * beside * box.height, box.height * (1 + 2 * above))
        return self._reader.read(turned(self._gray, roomy, HEIGHT))

    def _votes(self, reading: Reading, box: Box) -> list[Vote]:
        text = in_words(reading.text)
        return [Vote(one.day, one.confidence, text, box, one.made_on) for one in dates_read(reading, self._window)]


def _wider(box: Box, glance: Reading) -> list[Box]:
    """The box may hold only the year, or only the end of the date."""
    pitch = box.width / max(len(glance.text), _DIGITS_WORTH_A_LOOK)
    length = max(_DATE_LENGTH * pitch, box.width + 3 * pitch)
    more = (length - box.width) / 2
    return [box.moved(move, 0).sized(length, box.height) for move in (more, -more, 0.0)]


def _digits(reading: Reading) -> int:
    return sum(character.isdigit() for character in reading.text)
