from datetime import date, timedelta
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.expiry import DateSpelling, DateWindow, dates_in
from befresh_agent.domain.expiry_words import DateRole

TODAY = date(2026, 11, 21)
WINDOW = DateWindow.around(TODAY, past_days=60, ahead_years=5)
ALL_DAYS = DateWindow(date.min, date.max)

in_window = st.dates(WINDOW.first, WINDOW.last)
this_century = st.dates(date(2000, 1, 1), date(2099, 12, 31))
spaces = st.sampled_from(["", " ", "  "])


def days(text: str, window: DateWindow = WINDOW) -> list[date]:
    return [found.day for found in dates_in(text, window)]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026.12.01", date(2026, 12, 1)),
        ("26.12.01", date(2026, 12, 1)),
        ("26.12.1", date(2026, 12, 1)),
        ("2027.1.9", date(2027, 1, 9)),
        ("2027. 1. 9", date(2027, 1, 9)),
        ("2026.12.01까지", date(2026, 12, 1)),
        ("유통기한 2026.12.01 까지", date(2026, 12, 1)),
        ("EXP:2026.12. 01", date(2026, 12, 1)),
        ("23:45 2026.12.01", date(2026, 12, 1)),
        ("2026.12.01/10:08", date(2026, 12, 1)),
        ("2026.12.01.", date(2026, 12, 1)),
        ("2026.12.01.10.08", date(2026, 12, 1)),
        ("10/08 2026.12.01", date(2026, 12, 1)),
        ("L1-2026.12.01", date(2026, 12, 1)),
        ("2028.02.29", date(2028, 2, 29)),
    ],
)
def test_what_is_accepted(text: str, day: date) -> None:
    assert days(text) == [day]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "28.06.2027",
        "1.12.2026",
        "01. 12. 2026",
        "28.06.2027.10.15",
        "28/06/2027.10.15",
        "1/6/2027.10.15",
        "2026.012.01",
        "28-06-2027. 10.15",
        "28.06 .2027.10.15",
        "28, 6, 2027.10.15",
        "2026.02.30",
        "2027.02.29",
        "2026.13.01",
        "2026.00.10",
        "2026.12.00",
        "2026.12.32",
        "2026/12/01",
        "2026-12-01",
        "2026 .12 .01",
        "2026.12",
        "2026.12.011",
        "12026.12.01",
        "202.12.01",
        "26.12.01.5",
        "192.26.12.01",
        "２０２６.12.01",
        "2026.١٢.01",
        "2026.12.\n01",
    ],
)
def test_what_is_never_accepted(text: str) -> None:
    assert days(text) == []


def test_a_year_of_three_digits_is_none() -> None:
    assert days("202.12.01", ALL_DAYS) == []


def test_what_is_no_date_does_not_hide_the_date_behind_it() -> None:
    assert days("28/06/2027.10.15 2026.12.01") == [date(2026, 12, 1)]


def test_two_dates_come_in_the_order_of_printing() -> None:
    assert days("2026.11.01 2026.12.01") == [date(2026, 11, 1), date(2026, 12, 1)]
    assert days("2026.11.01.2026.12.01") == [date(2026, 11, 1), date(2026, 12, 1)]


@given(in_window, spaces, spaces, st.booleans(), st.booleans())
def test_every_plausible_date_is_read_in_every_accepted_form(
    day: date, first: str, second: str, long_year: bool, padded: bool
) -> None:
    year = f"{day.year}" if long_year else f"{day.year % 100:02}"
    month, number = (f"{day.month:02}", f"{day.day:02}") if padded else (f"{day.month}", f"{day.day}")
    text = f"{year}.{first}{month}.{second}{number}"
    [found] = dates_in(f"x {text} x", WINDOW)
    assert found.day == day
    assert f"x {text} x"[found.start : found.end] == text


@given(this_century, spaces)
def test_day_month_year_is_never_read(day: date, space: str) -> None:
    assert days(f"{day.day}.{space}{day.month:02}.{space}{day.year}", ALL_DAYS) == []
    assert days(f"{day.day:02}.{day.month}.{day.year}. {day.year}.{day.month}.{day.day}", ALL_DAYS) == []


@given(this_century, st.sampled_from([".", ". ", " .", "/", "-", ", "]), st.text("0123456789./-: ", max_size=6))
def test_a_year_behind_day_and_month_begins_no_date(day: date, sign: str, behind: str) -> None:
    text = f"{day.day:02}{sign}{day.month:02}{sign}{day.year}{behind}"
    assert days(text, DateWindow(date.min, date.max, frozenset(DateSpelling))) == []


@given(this_century)
def test_outside_the_window_nothing_is_plausible(day: date) -> None:
    assert days(f"{day.year}.{day.month}.{day.day}") == ([day] if day in WINDOW else [])


print_of_packs = st.lists(
    st.sampled_from(
        [*"0123456789./-:, \t\n년월일٢２", "2026", "26", "12", "01", "28.06.", "2027.01.05", "까지", "제조", "EXP"]
    ),
    max_size=30,
).map("".join)


@given(st.text(max_size=200) | st.text("0123456789.. \t", max_size=200) | print_of_packs)
def test_any_text_gives_plausible_dates_that_stand_there(text: str) -> None:
    for found in dates_in(text, WINDOW):
        assert found.day in WINDOW
        year, month, day = text[found.start : found.end].split(".")
        assert (2000 + int(year) if len(year) == 2 else int(year), int(month), int(day)) == found.day.timetuple()[:3]
        assert not any(digit in "0123456789" for digit in text[found.start - 1 : found.start] + text[found.end :][:1])


@pytest.mark.parametrize(
    "text", ["1" * 200_000, "1." * 100_000, "1. " * 70_000, "." * 200_000, "26.12.1" * 30_000, "1" + ". " * 100_000]
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    began = perf_counter()
    dates_in(text, WINDOW)
    assert perf_counter() - began < 20, "quadratic time would take minutes"


def test_the_window_includes_both_ends() -> None:
    assert WINDOW.first == date(2026, 9, 22)
    assert WINDOW.last == date(2031, 11, 21)
    assert WINDOW.first in WINDOW
    assert WINDOW.last in WINDOW
    assert WINDOW.first - timedelta(1) not in WINDOW
    assert WINDOW.last + timedelta(1) not in WINDOW


@given(st.dates(), st.integers(0, 10**6), st.integers(0, 20_000))
def test_a_window_exists_around_every_day(today: date, past: int, ahead: int) -> None:
    assert today in DateWindow.around(today, past_days=past, ahead_years=ahead)


def test_a_window_knows_the_spellings_that_were_asked_for() -> None:
    asked = DateWindow.around(TODAY, past_days=1, ahead_years=1, spellings=[DateSpelling.SLASHES, DateSpelling.MONTH])
    assert asked.spellings == {DateSpelling.SLASHES, DateSpelling.MONTH}
    assert days("2026/12/01", asked) == [date(2026, 12, 1)]


def test_a_month_stands_where_it_is_printed() -> None:
    [found] = dates_in("EXP 2027. 2 A", DateWindow(WINDOW.first, WINDOW.last, frozenset({DateSpelling.MONTH})))
    assert (found.day, "EXP 2027. 2 A"[found.start : found.end]) == (date(2027, 2, 28), "2027. 2")


def test_five_years_after_a_leap_day() -> None:
    assert DateWindow.around(date(2028, 2, 29), past_days=0, ahead_years=5).last == date(2033, 3, 1)


@pytest.mark.parametrize(
    ("spelling", "text", "day"),
    [
        (DateSpelling.SLASHES, "2026/12/01", date(2026, 12, 1)),
        (DateSpelling.SLASHES, "BEST BEFORE 26/12/1", date(2026, 12, 1)),
        (DateSpelling.DASHES, "2026-12-01", date(2026, 12, 1)),
        (DateSpelling.DASHES, "26-12-01 10:08", date(2026, 12, 1)),
        (DateSpelling.SPACES, "2026 12 01", date(2026, 12, 1)),
        (DateSpelling.SPACES, "2026 12 01 1008", date(2026, 12, 1)),
        (DateSpelling.WORDS, "2026년 12월 01일", date(2026, 12, 1)),
        (DateSpelling.WORDS, "26년12월1일까지", date(2026, 12, 1)),
        (DateSpelling.MONTH, "2027.02", date(2027, 2, 28)),
        (DateSpelling.MONTH, "2028. 2 까지", date(2028, 2, 29)),
    ],
)
def test_further_spellings_are_accepted_only_when_asked_for(spelling: DateSpelling, text: str, day: date) -> None:
    asked = DateWindow(WINDOW.first, WINDOW.last, frozenset({spelling}))
    others = DateWindow(WINDOW.first, WINDOW.last, frozenset(DateSpelling) - {spelling})
    assert days(text, asked) == [day]
    assert days(text) == days(text, others) == []


@pytest.mark.parametrize(
    "text",
    ["01/12/2026", "1-12-2026", "01 12 2026", "26 12 01", "12.2026", "2026.13", "2026.00", "080-2026-1201", "26년 12월",
     "2026/12-01", "2026.12/01", "28.06.2027", "26.12", "0.12", "2026년 13월 01일"],
)  # fmt: skip
def test_no_spelling_accepts_what_is_no_date(text: str) -> None:
    assert days(text, DateWindow(WINDOW.first, WINDOW.last, frozenset(DateSpelling))) == []


@given(st.text(max_size=200) | st.text("0123456789.-/년월일 \t", max_size=200) | print_of_packs)
def test_any_text_in_any_spelling_gives_plausible_dates(text: str) -> None:
    found = dates_in(text, DateWindow(WINDOW.first, WINDOW.last, frozenset(DateSpelling)))
    assert all(printed.day in WINDOW for printed in found)
    assert [printed.start for printed in found] == sorted(printed.start for printed in found)


def test_spellings_and_roles_are_called_as_in_settings_and_answers() -> None:
    assert [str(spelling) for spelling in DateSpelling] == [
        "Y/M/D",
        "Y-M-D",
        "Y M D",
        "Y년 M월 D일",
        "YYYYMMDD",
        "Y.M",
        "M.D",
        "DDMMYY",
    ]
    assert [str(role) for role in DateRole] == ["use-by", "made-on", "unsaid"]


def roles(text: str) -> list[DateRole]:
    return [found.role for found in dates_in(text, WINDOW)]


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("2026.12.01", DateRole.UNSAID),
        ("2026.12.01 까지", DateRole.USE_BY),
        ("2026.12.01부터", DateRole.MADE_ON),
        ("2026.12.01 제조", DateRole.MADE_ON),
        ("2026.12.01 mfg", DateRole.MADE_ON),
        ("제조 2026.12.01", DateRole.MADE_ON),
        ("제조일자 : 2026.12.01", DateRole.MADE_ON),
        ("제조 2026.12.01 까지", DateRole.USE_BY),
        ("소비기한: 2026.12.01", DateRole.USE_BY),
        ("유통기한 2026.12.01까지", DateRole.USE_BY),
        ("EXP 2026.12.01", DateRole.USE_BY),
        ("exp. 2026.12.01", DateRole.USE_BY),
        ("BBE:2026.12.01", DateRole.USE_BY),
        ("Best before 2026.12.01", DateRole.USE_BY),
        ("MFG 2026.12.01", DateRole.MADE_ON),
        ("MFG 12345 2026.12.01", DateRole.UNSAID),
        ("EXPORT 2026.12.01", DateRole.UNSAID),
        ("MFG/EXP 2026.12.01", DateRole.USE_BY),
        ("LOT 12 2026.12.01 A", DateRole.UNSAID),
    ],
)
def test_words_beside_a_date_say_what_it_is_for(text: str, role: DateRole) -> None:
    assert roles(text) == [role]


@pytest.mark.parametrize(
    "text",
    [
        "제조 2026.11.01 소비기한 2026.12.01",
        "2026.11.01부터 2026.12.01까지",
        "MFG 2026.11.01 EXP 2026.12.01",
        "2026.11.01 부터 EXP:2026.12.01",
    ],
)
def test_each_of_two_dates_has_its_own_words(text: str) -> None:
    assert roles(text) == [DateRole.MADE_ON, DateRole.USE_BY]
