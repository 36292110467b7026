"""From what the trained reader says of a strip to dates: its typical slips put right where they cannot change a date.

In: a reading and the plausible window. Out: dates with their confidence.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from befresh_agent.domain.expiry import DateWindow, PrintedDate, dates_in, switched_off
from befresh_agent.domain.expiry_words import DateRole, role_of
from befresh_agent.vision.dates.date_reader import MADE_ON, OTHER, USE_BY, StripReading

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
_ENDS_IN_DIGIT, _BEGINS_WITH_DIGIT = re.compile(r"[0-9][ .:]*\Z"), re.compile(r"[ .:]*[0-9]")
_ANY_LANGUAGE = {MADE_ON: "MFG ", USE_BY: "EXP "}
_SURE_WORD = _SURE_DIGIT = 0.7
_EDGE = 0.93
"""A last digit further right than this share of the strip may be cut itself."""
_ROOM_FOR_A_DIGIT = 1.4
"""From the middle of a bare day to the edge, in distances of characters: with less, a second digit may be cut off."""
_ROOM_FOR_A_YEAR = 2.0
"""The same from the edge to a month: with less, a dot and half a digit of a year or a day may be cut off."""


@dataclass(frozen=True, slots=True)
class DateRead:
    """A date that a strip says, and how sure the least sure of its characters is."""

    day: date
    confidence: float
    role: DateRole
    digits: str
    """The date as it is printed, blanks left out."""
    rival: date | None
    """What it would be in the other order, where nothing tells which is meant."""
    first: float
    last: float
    """Where its outer characters have their middles, as shares of the strip's width."""


def dates_read(reading: StripReading, window: DateWindow) -> list[DateRead]:
    reading = _spelt_out(reading)
    found = [printed for printed in dates_in(reading.text, window) if not _may_be_cut(printed, reading)]
    if not found:
        mended = _mended(reading.text)
        found = [printed for printed in mended if printed.day in window and not _ends_in_half(printed, reading)]
    return [_read(one, reading) for one in found]


def unused_way(readings: Iterable[StripReading], window: DateWindow) -> str | None:
    """The spelling or order that is switched off and in which one of these readings is surely a date."""
    readings = [reading for reading in readings if not dates_read(reading, window)]
    for way, wider in switched_off(window):
        dates = [one for reading in readings for one in dates_read(reading, wider)]
        if any(one.confidence >= _SURE_DIGIT and one.rival is None for one in dates):
            return str(way)
    return None


def _read(printed: PrintedDate, reading: StripReading) -> DateRead:
    digits = reading.text[printed.start : printed.end].replace(" ", "")
    sure = reading.confidence(printed.start, printed.end)
    first, last = reading.places[printed.start], reading.places[printed.end - 1]
    return DateRead(printed.day, sure, _role(printed, reading), digits, printed.rival, first, last)


def _role(printed: PrintedDate, reading: StripReading) -> DateRole:
    return role_of(reading.text[: printed.start], reading.text[printed.end :], is_last=True)


def _spelt_out(reading: StripReading) -> StripReading:
    """The reading with words in place of their signs, as far as they are sure."""
    chars = [
        (written, chance, place)
        for at, (chance, place) in enumerate(zip(reading.chances, reading.places, strict=True))
        for written in _word(reading.text, at, chance)
    ]
    return StripReading(
        "".join(char for char, _, _ in chars), tuple(c for _, c, _ in chars), tuple(p for _, _, p in chars)
    )


def _word(text: str, at: int, chance: float) -> str:
    """What the character stands for: words behind a date are Korean, those before it may be of any language."""
    char = text[at]
    if char not in MADE_ON + USE_BY:
        return char
    if chance < _SURE_WORD:
        return OTHER
    is_behind = _ENDS_IN_DIGIT.search(text[:at]) and not _BEGINS_WITH_DIGIT.match(text[at + 1 :])
    return in_words(char) if is_behind else _ANY_LANGUAGE[char]


def in_words(text: str) -> str:
    """What the reader said, for people."""
    return text.replace(MADE_ON, "제조").replace(USE_BY, "까지").replace(OTHER, "…")


def _may_be_cut(printed: PrintedDate, reading: StripReading) -> bool:
    """Whether the day may have lost its second digit or half of it, or the year its first two, at the end of the strip,
    or a month the year or the day before it.

    Behind a month with a leading zero a bare day is always half a day.
    """
    numbers = re.findall(r"[0-9]+", reading.text[printed.start : printed.end])
    if len(numbers) == 2 and len(numbers[0]) < 4 and _has_no_room_before(printed, reading):
        return True
    if len(numbers) == 3 and len(numbers[2]) == 1:
        return numbers[1].startswith("0") or _has_no_room_behind(printed, reading)
    is_bare = len(numbers) == 2 or len(numbers[0]) == 2
    return _ends_in_half(printed, reading) or (is_bare and _is_at_edge(printed, reading))


def _is_at_edge(printed: PrintedDate, reading: StripReading) -> bool:
    return printed.end == len(reading.text) and reading.places[printed.end - 1] > _EDGE


def _ends_in_half(printed: PrintedDate, reading: StripReading) -> bool:
    return _is_at_edge(printed, reading) and reading.chances[printed.end - 1] < _SURE_DIGIT


def _has_no_room_behind(printed: PrintedDate, reading: StripReading) -> bool:
    """Whether a second digit would not have fitted between the day and the edge."""
    room = 1 - reading.places[printed.end - 1]
    return printed.end == len(reading.text) and room < _ROOM_FOR_A_DIGIT * _pitch(printed, reading)


def _has_no_room_before(printed: PrintedDate, reading: StripReading) -> bool:
    """Whether a year or a day would not have fitted between the edge and the month."""
    return printed.start == 0 and reading.places[0] < _ROOM_FOR_A_YEAR * _pitch(printed, reading)


def _pitch(printed: PrintedDate, reading: StripReading) -> float:
    """The distance of its characters, as a share of the strip's width."""
    first, last = reading.places[printed.start], reading.places[printed.end - 1]
    return (last - first) / (printed.end - 1 - printed.start)


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
