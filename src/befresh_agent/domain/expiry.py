"""Printed text to plausible expiry dates.

Accepted is (YY|YYYY).(M|MM).(D|DD), spaces allowed after the dots; further spellings and the order day, month, year
when asked for. What can be read in two orders is told with its rival: it is sure only where words say which is meant.
Never accepted: dates that no calendar has, and dates outside the plausible window. The text is hostile by assumption:
any text gives a list, in time linear in its length.
"""

import calendar
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from befresh_agent.domain.expiry_words import DateRole, is_korean, role_of


class DateOrder(StrEnum):
    """In which order the numbers of a date stand."""

    YMD = "ymd"
    DMY = "dmy"
    AUTO = "auto"
    """Either, as far as the numbers, the window and the words beside them leave no doubt."""


class DateSpelling(StrEnum):
    """Ways to print a date beside the dotted one; with some of them, other numbers look like dates."""

    SLASHES = "Y/M/D"
    DASHES = "Y-M-D"
    SPACES = "Y M D"
    WORDS = "Y년 M월 D일"
    COMPACT = "YYYYMMDD"
    MONTH = "Y.M"
    """The last day of the month is meant. The year has four digits."""
    NO_YEAR = "M.D"
    """The next such day, within two months; both numbers of two digits, or beside a use-by word.

    Beside a Korean use-by word it is always read.
    """
    GLUED = "DDMMYY"
    """Six digits behind a use-by word, in the chosen order."""


USUAL_SPELLINGS = (DateSpelling.SLASHES, DateSpelling.DASHES, DateSpelling.WORDS, DateSpelling.COMPACT)
"""Those that brought no wrong date: the year stands first, or a rival casts doubt on it."""

_CHAINS = {
    None: re.compile(r"(?<![0-9])[0-9]++(?:\.[ \t]*+[0-9]++)++"),
    DateSpelling.SLASHES: re.compile(r"(?<![0-9])[0-9]++(?:/[ \t]*+[0-9]++)++"),
    DateSpelling.DASHES: re.compile(r"(?<![0-9])[0-9]++(?:-[ \t]*+[0-9]++)++"),
    DateSpelling.SPACES: re.compile(r"(?<![0-9])[0-9]++(?:[ \t]++[0-9]++)++"),
    DateSpelling.WORDS: re.compile(r"(?<![0-9])[0-9]++[ \t]*+년[ \t]*+[0-9]++[ \t]*+월[ \t]*+[0-9]++(?=[ \t]*+일)"),
}
"""Numbers joined by the same sign, as long as they go on: a date is judged by the whole chain that it stands in."""
_MONTHS = re.compile(
    r"(?<![0-9./-])(?<![./-] )(?:(?P<year>[0-9]{4})\.[ \t]*+(?P<month>[0-9]{1,2})"
    r"|(?P<month_first>[0-9]{1,2})[./][ \t]*+(?P<year_last>20[0-9]{2}))(?![ \t]*+[./-]?[ \t]*+[0-9])"
)
_COMPACT = re.compile(r"(?<![0-9./-])(?<![./-] )(20[0-9]{2})([01][0-9])([0-3][0-9])(?![0-9]|[ \t]?[./-][ \t]?[0-9])")
_GLUED = re.compile(r"(?<![0-9./-])(?<![./-] )([0-9]{2})([0-9]{2})([0-9]{2})(?![0-9]|[ \t]?[./-][ \t]?[0-9])")
_NO_YEAR = re.compile(r"(?<![0-9./:-])(?<![./:-] )([01]?[0-9])\.[ \t]?([0-3]?[0-9])(?![0-9]|[ \t]?[./:-]?[ \t]?[0-9])")
_NEXT_DAYS = 60
"""A date without a year is one of so many next days."""
_OLD_DAYS = 730
"""A date of so many days before the window may well be printed: as a made-on date, or on a pack that is past it."""
_BESIDE = 30
"""Characters beside a date in which a word is looked for."""
_NUMBER = re.compile(r"[0-9]++")
_DAY_AND_MONTH = re.compile(r"(?<![0-9./,-])[0-9]{1,2}[ \t]*[./,-][ \t]*[0-9]{1,2}[ \t]*[./,-][ \t]*\Z")
_DAY_AND_MONTH_LENGTH = 12
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class DateWindow:
    """What is let through: the days an expiry date may fall on, both ends included, and how it may be spelt."""

    first: date
    last: date
    spellings: frozenset[DateSpelling] = frozenset()
    order: DateOrder = DateOrder.YMD
    today: date | None = None
    """From which dates without a year are counted; the window's first day where nobody says."""

    @classmethod
    def around(
        cls,
        today: date,
        *,
        past_days: int,
        ahead_years: int,
        spellings: Iterable[DateSpelling] = (),
        order: DateOrder = DateOrder.YMD,
    ) -> "DateWindow":
        first, last = _days_before(today, past_days), _years_after(today, ahead_years)
        return cls(first, last, frozenset(spellings), order, today)

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last


def switched_off(window: DateWindow) -> Iterator[tuple[DateSpelling | DateOrder, DateWindow]]:
    """Each way to print a date that the window does not let through, and the window that does.

    A date without a year is left out: too much of what is printed looks like one.
    """
    for spelling in DateSpelling:
        if spelling not in window.spellings and spelling is not DateSpelling.NO_YEAR:
            yield spelling, replace(window, spellings=window.spellings | {spelling})
    if window.order is DateOrder.YMD:
        yield DateOrder.AUTO, replace(window, order=DateOrder.AUTO)


@dataclass(frozen=True, slots=True)
class PrintedDate:
    """A date, where in the text it stands, and what the words beside it say."""

    day: date
    start: int
    end: int
    role: DateRole = DateRole.UNSAID
    rival: date | None = None
    """What the same numbers say in the other order, where that is plausible, too, and no word tells which is meant."""


def dates_in(text: str, window: DateWindow) -> list[PrintedDate]:
    """Every plausible date of the text, in the order of printing."""
    found = sorted(_spelt(text, window), key=lambda printed: printed.start)
    with_roles = (
        _in_context(printed, text[left : printed.start], text[printed.end : right], is_last=right == len(text))
        for printed, left, right in _with_room(found, len(text))
    )
    return [printed for printed in with_roles if printed is not None and printed.day in window]


def _with_room(found: list[PrintedDate], length: int) -> Iterator[tuple[PrintedDate, int, int]]:
    """Each date with the end of the one before and the beginning of the one behind."""
    ends = [0, *(printed.end for printed in found)]
    starts = [*(printed.start for printed in found[1:]), length]
    return zip(found, ends, starts, strict=False)


def _in_context(printed: PrintedDate, before: str, behind: str, *, is_last: bool) -> PrintedDate | None:
    """The date with what the words beside it say of its role and its order."""
    role = role_of(before, behind, is_last=is_last)
    rival = None if printed.rival is not None and is_korean(before, behind) else printed.rival
    return replace(printed, role=role, rival=rival)


def _spelt(text: str, window: DateWindow) -> Iterator[PrintedDate]:
    for spelling, chain in _CHAINS.items():
        if spelling is None or spelling in window.spellings or window.order is not DateOrder.YMD:
            for match in chain.finditer(text):
                if not _ends_day_month_year(text, match.start()):
                    numbers = list(_NUMBER.finditer(text, match.start(), match.end()))
                    yield from _dates_in_chain(numbers, spelling, window)
    if DateSpelling.MONTH in window.spellings or window.order is not DateOrder.YMD:
        yield from _months(text, window)
    if DateSpelling.COMPACT in window.spellings:
        for match in _COMPACT.finditer(text):
            day = _day(*match.groups())
            if day and not _ends_day_month_year(text, match.start()):
                yield PrintedDate(day, match.start(), match.end())
    yield from _behind_words(text, window)


def _ends_day_month_year(text: str, start: int) -> bool:
    """Whether the year that starts there belongs to a day and a month before it, as in `28/06/2027.10.15`."""
    return _DAY_AND_MONTH.search(text[max(0, start - _DAY_AND_MONTH_LENGTH) : start]) is not None


def _dates_in_chain(
    numbers: list[re.Match[str]], spelling: DateSpelling | None, window: DateWindow
) -> Iterator[PrintedDate]:
    """The dates at the beginning of a chain.

    A chain of three numbers is a date. A longer one may go on with a time or with another date, but only behind a year
    of four digits: `28.06.2021.10.15` and `22.10.1.12` are no dates. Without any sign only such a year makes a date.
    """
    for first, second, third in zip(numbers[::3], numbers[1::3], numbers[2::3], strict=False):
        long_year = len(first[0]) == 4
        if not long_year and (len(numbers) != 3 or (spelling is DateSpelling.SPACES and len(third[0]) != 4)):
            return
        found = _in_order(first[0], second[0], third[0], spelling, window)
        if found is None:
            return
        yield PrintedDate(found[0], first.start(), third.end(), rival=found[1])


def _in_order(
    first: str, second: str, third: str, spelling: DateSpelling | None, window: DateWindow
) -> tuple[date, date | None] | None:
    """The day that three numbers mean in the window's order, and the one they mean in the other order, if any."""
    year_first = _day(first, second, third)
    if len(first) == 4:
        is_asked_for = spelling is None or spelling in window.spellings or window.order is DateOrder.AUTO
        return (year_first, None) if year_first and is_asked_for else None
    if window.order is DateOrder.YMD and spelling is not None and spelling not in window.spellings:
        return None
    year_last = _year_last(first, second, third, window)
    rival = year_last if year_last != year_first and _may_be_printed(year_last, window) else None
    match window.order:
        case DateOrder.YMD:
            cut_year = year_first if third == "20" else None  # of 28.06.2027 may be left 28.06.20
            return (year_first, rival or cut_year) if year_first else None
        case DateOrder.DMY:
            return (year_last, None) if year_last else None
        case DateOrder.AUTO:
            if year_first and year_first in window:
                return year_first, rival
            return (year_last, None) if year_last else None


def _may_be_printed(day: date | None, window: DateWindow) -> bool:
    return day is not None and _days_before(window.first, _OLD_DAYS) <= day <= window.last


def _year_last(first: str, second: str, third: str, window: DateWindow) -> date | None:
    """Day, month, year; or month, day, year where the second number is no month."""
    return _day(third, second, first) or (_day(third, first, second) if window.order is DateOrder.AUTO else None)


def _months(text: str, window: DateWindow) -> Iterator[PrintedDate]:
    for match in _MONTHS.finditer(text):
        is_year_first = match["year"] is not None
        if is_year_first and (DateSpelling.MONTH not in window.spellings or _ends_day_month_year(text, match.start())):
            continue
        if not is_year_first and window.order is DateOrder.YMD:
            continue
        first = _day(match["year"] or match["year_last"], match["month"] or match["month_first"], "1")
        if first:
            last = calendar.monthrange(first.year, first.month)[1]
            yield PrintedDate(first.replace(day=last), match.start(), match.end())


def _behind_words(text: str, window: DateWindow) -> Iterator[PrintedDate]:
    """Dates that are none without a word beside them: six digits, or a month and a day."""
    if DateSpelling.GLUED in window.spellings or window.order is not DateOrder.YMD:
        for match in _GLUED.finditer(text):
            found = _in_order(match[1], match[2], match[3], None, window)
            if found and role_of(*_beside(text, match), is_last=False) is DateRole.USE_BY:
                yield PrintedDate(found[0], match.start(), match.end(), rival=found[1])
    for match in _NO_YEAR.finditer(text):
        day = _next(match[1], match[2], window)
        if day and _is_asked_for_without_year(match, *_beside(text, match), window):
            yield PrintedDate(day, match.start(), match.end())


def _is_asked_for_without_year(match: re.Match[str], before: str, behind: str, window: DateWindow) -> bool:
    """Korean packs with a use-by word alone leave no doubt that a month and a day are meant."""
    is_use_by = role_of(before, behind, is_last=False) is DateRole.USE_BY
    if DateSpelling.NO_YEAR in window.spellings:
        return is_use_by or len(match[1]) == len(match[2]) == 2
    return is_use_by and is_korean(before, behind)


def _beside(text: str, match: re.Match[str]) -> tuple[str, str]:
    return text[max(0, match.start() - _BESIDE) : match.start()], text[match.end() : match.end() + _BESIDE]


def _next(month: str, day: str, window: DateWindow) -> date | None:
    """The next such day, if it is near."""
    today = window.today or window.first
    for year in (today.year, today.year + 1):
        found = _day(str(year), month, day)
        if found is not None and today <= found <= today + timedelta(min(_NEXT_DAYS, (date.max - today).days)):
            return found
    return None


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
