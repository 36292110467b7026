"""Printed text to plausible expiry dates.

Accepted is (YY|YYYY).(M|MM).(D|DD), spaces allowed after the dots; further spellings when asked for. Never accepted:
day before month before year, dates that no calendar has, and dates outside the plausible window. The text is hostile by
assumption: any text gives a list, in time linear in its length.
"""

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from befresh_agent.domain.expiry_words import Role, role_of


class Spelling(StrEnum):
    """Ways to print a date that are accepted only when asked for: with some of them, other numbers look like dates."""

    SLASHES = "Y/M/D"
    DASHES = "Y-M-D"
    SPACES = "Y M D"
    WORDS = "Y년 M월 D일"
    MONTH = "Y.M"
    """The last day of the month is meant. The year has four digits."""


_CHAINS = {
    None: re.compile(r"(?<![0-9])[0-9]++(?:\.[ \t]*+[0-9]++)++"),
    Spelling.SLASHES: re.compile(r"(?<![0-9])[0-9]++(?:/[ \t]*+[0-9]++)++"),
    Spelling.DASHES: re.compile(r"(?<![0-9])[0-9]++(?:-[ \t]*+[0-9]++)++"),
    Spelling.SPACES: re.compile(r"(?<![0-9])[0-9]++(?:[ \t]++[0-9]++)++"),
    Spelling.WORDS: re.compile(r"(?<![0-9])[0-9]++[ \t]*+년[ \t]*+[0-9]++[ \t]*+월[ \t]*+[0-9]++(?=[ \t]*+일)"),
    Spelling.MONTH: re.compile(r"(?<![0-9.])(?<!\. )[0-9]{4}\.[ \t]*+[0-9]{1,2}(?![ \t]*+[./-]?[ \t]*+[0-9])"),
}
"""Numbers joined by the same sign, as long as they go on: a date is judged by the whole chain that it stands in."""
_NUMBER = re.compile(r"[0-9]++")
_DAY_AND_MONTH = re.compile(r"(?<![0-9./,-])[0-9]{1,2}[ \t]*[./,-][ \t]*[0-9]{1,2}[ \t]*[./,-][ \t]*\Z")
_DAY_AND_MONTH_LENGTH = 12
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class Window:
    """What is let through: the days an expiry date may fall on, both ends included, and how it may be spelt."""

    first: date
    last: date
    spellings: frozenset[Spelling] = frozenset()

    @classmethod
    def around(cls, today: date, *, past_days: int, ahead_years: int, spellings: Iterable[Spelling] = ()) -> "Window":
        return cls(_days_before(today, past_days), _years_after(today, ahead_years), frozenset(spellings))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date, where in the text it stands, and what the words beside it say."""

    day: date
    start: int
    end: int
    role: Role = Role.UNSAID


def dates_in(text: str, window: Window) -> list[PrintedDate]:
    """Every plausible date of the text, in the order of printing."""
    found = sorted(_spelt(text, window.spellings), key=lambda printed: printed.start)
    with_roles = (
        replace(
            printed, role=role_of(text[left : printed.start], text[printed.end : right], is_last=right == len(text))
        )
        for printed, left, right in _with_room(found, len(text))
    )
    return [printed for printed in with_roles if printed.day in window]


def _with_room(found: list[PrintedDate], length: int) -> Iterator[tuple[PrintedDate, int, int]]:
    """Each date with the end of the one before and the beginning of the one behind."""
    ends = [0, *(printed.end for printed in found)]
    starts = [*(printed.start for printed in found[1:]), length]
    return zip(found, ends, starts, strict=False)


def _spelt(text: str, spellings: frozenset[Spelling]) -> Iterator[PrintedDate]:
    for spelling, chain in _CHAINS.items():
        if spelling is None or spelling in spellings:
            for match in chain.finditer(text):
                if _ends_day_month_year(text, match.start()):
                    continue
                numbers = list(_NUMBER.finditer(text, match.start(), match.end()))
                yield from (_month(*numbers) if spelling is Spelling.MONTH else _dates_in_chain(numbers, spelling))


def _ends_day_month_year(text: str, start: int) -> bool:
    """Whether the year that starts there belongs to a day and a month before it, as in `28/06/2027.10.15`."""
    return _DAY_AND_MONTH.search(text[max(0, start - _DAY_AND_MONTH_LENGTH) : start]) is not None


def _dates_in_chain(numbers: list[re.Match[str]], spelling: Spelling | None) -> Iterator[PrintedDate]:
    """The dates at the beginning of a chain.

    A chain of three numbers is a date. A longer one may go on with a time or with another date, but only behind a year
    of four digits: `28.06.2021.10.15` and `22.10.1.12` are no dates. Without any sign only such a year makes a date.
    """
    for year, month, day in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=False):
        found = _day(year[0], month[0], day[0])
        short = len(year[0]) == 2
        if found is None or (short and (len(numbers) != 3 or spelling is Spelling.SPACES)):
            return
        yield PrintedDate(found, year.start(), day.end())


def _month(year: re.Match[str], month: re.Match[str]) -> Iterator[PrintedDate]:
    if first := _day(year[0], month[0], "1"):
        last = calendar.monthrange(first.year, first.month)[1]
        yield PrintedDate(first.replace(day=last), year.start(), month.end())


def _day(year: str, month: str, day: str) -> date | None:
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return None
    try:
        return date(int(year) if len(year) == 4 else _CENTURY + int(year), int(month), int(day))
    except ValueError:
        return None


def _days_before(today: date, days: int) -> date:
    return today - timedelta(min(days, (today - date.min).days))


def _years_after(today: date, years: int) -> date:
    year = min(today.year + years, date.max.year)
    try:
        return today.replace(year=year)
    except ValueError:  # the 29th of February
        return date(year, 3, 1)
