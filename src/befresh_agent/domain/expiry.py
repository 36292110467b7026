"""Printed text to plausible expiry dates.

Accepted is (YY|YYYY).(M|MM).(D|DD), spaces allowed after the dots. Never accepted: day before month before year, dates
that no calendar has, and dates outside the plausible window. The text is hostile by assumption: any text gives a list,
in time linear in its length.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

_CHAIN = re.compile(r"(?<![0-9])[0-9]++(?:\.[ \t]*+[0-9]++)++")
"""Numbers joined by dots, as long as they go on: a date is judged by the whole chain that it stands in."""
_NUMBER = re.compile(r"[0-9]++")
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class Window:
    """The days an expiry date may fall on, both ends included."""

    first: date
    last: date

    @classmethod
    def around(cls, today: date, *, past_days: int, ahead_years: int) -> "Window":
        return cls(_days_before(today, past_days), _years_after(today, ahead_years))

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date and where in the text it stands."""

    day: date
    start: int
    end: int


def dates_in(text: str, window: Window) -> list[PrintedDate]:
    """Every plausible date of the text, in the order of printing."""
    return [found for chain in _CHAIN.finditer(text) for found in _dates_in_chain(text, chain) if found.day in window]


def _dates_in_chain(text: str, chain: re.Match[str]) -> Iterator[PrintedDate]:
    """The dates at the beginning of a chain.

    A chain of three numbers is a date. A longer one may go on with a time or with another date, but only behind a year
    of four digits: `28.06.2021.10.15` and `22.10.1.12` are no dates.
    """
    numbers = list(_NUMBER.finditer(text, chain.start(), chain.end()))
    for year, month, day in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=False):
        found = _day(year[0], month[0], day[0])
        if found is None or (len(year[0]) == 2 and len(numbers) != 3):
            return
        yield PrintedDate(found, year.start(), day.end())


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
