"""From what the trained reader says of a strip to dates: its typical slips put right where they cannot change a date.

In: a reading and the plausible window. Out: dates with their confidence.
"""

import re
from dataclasses import dataclass
from datetime import date

from befresh_agent.domain.expiry import PrintedDate, Window, dates_in
from befresh_agent.domain.expiry_words import Role, role_of
from befresh_agent.vision.decoders.date_reader import Reading
from befresh_agent.vision.decoders.date_strip import MADE_ON, OTHER, USE_BY

_GLUED = re.compile(r"(20[0-9]{2})\. ?([01][0-9])\. ?([0-3][0-9])")
"""Complete in itself: a time, a lot code or a letter taken for a digit may touch it."""
_LOST_DOT = re.compile(
    r"(?<![0-9.])"
    r"(?:(20[0-9]{2}) ?([01][0-9])\. ?([0-3][0-9])|(20[0-9]{2})\. ?([01][0-9]) ?([0-3][0-9]))"
    r"(?!(?:\. ?)?[0-9])"
)
"""One of the two dots is so faint that it is not read."""
_CHAINED = re.compile(r"[0-9] ?[./-] ?[0-9]*\Z")
"""What such a date never follows: it would begin in the middle of other numbers, such as a day and a month."""
_LONGEST_CHAIN = 12
_SURE_WORD = _SURE_DIGIT = 0.7
_EDGE = 0.93
"""A last digit further right than this share of the strip may be cut itself."""
_ROOM_FOR_A_DIGIT = 1.4
"""From the middle of a bare day to the edge, in distances of characters: with less, a second digit may be cut off."""


@dataclass(frozen=True, slots=True)
class DateRead:
    """A date that a strip says, and how sure the least sure of its characters is."""

    day: date
    confidence: float
    role: Role


def dates_read(reading: Reading, window: Window) -> list[DateRead]:
    found = [printed for printed in dates_in(reading.text, window) if not _may_be_cut(printed, reading)]
    if not found:
        mended = _mended(reading.text)
        found = [printed for printed in mended if printed.day in window and not _ends_in_half(printed, reading)]
    return [DateRead(one.day, reading.confidence(one.start, one.end), _role(one, reading)) for one in found]


def _role(printed: PrintedDate, reading: Reading) -> Role:
    """What the words beside the date say about it, as far as they were read surely."""
    words = zip(reading.text, reading.chances, strict=True)
    text = "".join(OTHER if char in MADE_ON + USE_BY and chance < _SURE_WORD else char for char, chance in words)
    return role_of(in_words(text[: printed.start]), in_words(text[printed.end :]), is_last=True)


def in_words(text: str) -> str:
    """What the reader said, for people."""
    return text.replace(MADE_ON, "제조").replace(USE_BY, "까지").replace(OTHER, "…")


def _may_be_cut(printed: PrintedDate, reading: Reading) -> bool:
    """Whether the day may have lost its second digit or half of it, or the year its first two, at the end of the strip.

    Behind a month with a leading zero a bare day is always half a day.
    """
    numbers = re.findall(r"[0-9]+", reading.text[printed.start : printed.end])
    if len(numbers) == 3 and len(numbers[2]) == 1:
        return numbers[1].startswith("0") or _has_no_room_behind(printed, reading)
    is_bare = len(numbers) == 2 or len(numbers[0]) == 2
    return _ends_in_half(printed, reading) or (is_bare and _is_at_edge(printed, reading))


def _is_at_edge(printed: PrintedDate, reading: Reading) -> bool:
    return printed.end == len(reading.text) and reading.places[printed.end - 1] > _EDGE


def _ends_in_half(printed: PrintedDate, reading: Reading) -> bool:
    return _is_at_edge(printed, reading) and reading.chances[printed.end - 1] < _SURE_DIGIT


def _has_no_room_behind(printed: PrintedDate, reading: Reading) -> bool:
    """Whether a second digit would not have fitted between the day and the edge."""
    first, last = reading.places[printed.start], reading.places[printed.end - 1]
    pitch = (last - first) / (printed.end - 1 - printed.start)
    return printed.end == len(reading.text) and 1 - last < _ROOM_FOR_A_DIGIT * pitch


def _mended(text: str) -> list[PrintedDate]:
    dates = []
    for match in (*_GLUED.finditer(text), *_LOST_DOT.finditer(text)):
        before = text[max(0, match.start() - _LONGEST_CHAIN) : match.start()]
        if _CHAINED.search(before):
            continue
        year, month, day = (int(number) for number in match.groups() if number)
        try:
            dates.append(PrintedDate(date(year, month, day), match.start(), match.end()))
        except ValueError:
            continue
    return dates
