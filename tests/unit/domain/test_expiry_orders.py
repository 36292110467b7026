"""Dates whose numbers may stand in two orders, and dates that are none without a word beside them."""

from datetime import date, timedelta
from time import perf_counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from befresh_agent.domain.expiry import (
    USUAL_SPELLINGS,
    DateOrder,
    DateSpelling,
    DateWindow,
    PrintedDate,
    dates_in,
    switched_off,
)
from befresh_agent.domain.expiry_words import DateRole

TODAY = date(2026, 11, 21)


def window(order: DateOrder = DateOrder.YMD, *spellings: DateSpelling, today: date = TODAY) -> DateWindow:
    return DateWindow.around(today, past_days=60, ahead_years=5, spellings=spellings or USUAL_SPELLINGS, order=order)


def the(text: str, asked: DateWindow) -> PrintedDate | None:
    """The only date of a text, if any."""
    found = dates_in(text, asked)
    assert len(found) <= 1
    return found[0] if found else None


def day(text: str, asked: DateWindow) -> date | None:
    found = the(text, asked)
    return found.day if found else None


in_window = st.dates(window().first, window().last)
signs = st.sampled_from([".", ". ", "/", "-"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026/12/01", date(2026, 12, 1)),
        ("2026-12-01", date(2026, 12, 1)),
        ("2026년 12월 1일", date(2026, 12, 1)),
        ("LOT 4 20261201 까지", date(2026, 12, 1)),
        ("20261201", date(2026, 12, 1)),
        ("20261301", None),
        ("120261201", None),
        ("20261201.5", None),
        ("202612", None),
        ("1, 6, 20261201", None),
        ("8801234567893", None),
        ("2026 12 01", None),
        ("2027.02", None),
        ("12.2027", None),
        ("EXP 271201", None),
        ("12.05", None),
    ],
)
def test_what_is_read_unless_asked_otherwise(text: str, meant: date | None) -> None:
    assert day(text, window()) == meant


@given(in_window, signs, st.booleans())
def test_day_month_year_is_never_read_as_such_in_the_order_year_month_day(
    meant: date, sign: str, is_padded: bool
) -> None:
    text = f"{meant:%d}{sign}{meant:%m}{sign}" if is_padded else f"{meant.day}{sign}{meant.month}{sign}"
    assert dates_in(text + f"{meant.year}", window(DateOrder.YMD, *DateSpelling)) == []
    two_digits = the(text + f"{meant:%y}", window(DateOrder.YMD, *DateSpelling))
    if two_digits is not None and two_digits.day != meant:
        assert two_digits.rival == meant


@given(in_window, signs)
def test_day_month_year_is_read_in_its_order(meant: date, sign: str) -> None:
    for year in (f"{meant.year}", f"{meant:%y}"):
        found = the(f"{meant:%d}{sign}{meant:%m}{sign}{year}", window(DateOrder.DMY))
        assert found is not None
        assert (found.day, found.rival) == (meant, None)


@given(in_window, signs, st.sampled_from(["%Y{0}%m{0}%d", "%y{0}%m{0}%d", "%d{0}%m{0}%Y", "%d{0}%m{0}%y"]))
def test_either_order_is_read_or_told_as_the_rival(meant: date, sign: str, form: str) -> None:
    found = the(meant.strftime(form.format(sign)), window(DateOrder.AUTO))
    assert found is not None
    assert meant in (found.day, found.rival)


@pytest.mark.parametrize(
    ("text", "meant", "rival"),
    [
        ("27.10.26", date(2027, 10, 26), date(2026, 10, 27)),
        ("30/07/27", date(2030, 7, 27), date(2027, 7, 30)),
        ("30.07.25", date(2030, 7, 25), date(2025, 7, 30)),  # a made-on date, or past it
        ("30.07.23", date(2030, 7, 23), None),  # too old for either
        ("27.12.31까지", date(2027, 12, 31), None),
        ("유통기한: 27.10.26", date(2027, 10, 26), None),
        ("EXP 27.10.26", date(2027, 10, 26), date(2026, 10, 27)),
        ("28.28.27", None, None),
        ("2027.10.20", date(2027, 10, 20), None),  # a year of four digits leaves no doubt
        ("20261201", date(2026, 12, 1), None),
    ],
)
def test_numbers_with_two_meanings_have_a_rival_unless_words_are_korean(
    text: str, meant: date | None, rival: date | None
) -> None:
    found = the(text, window())
    assert (found and found.day, found and found.rival) == (meant, rival)


def test_what_may_be_printed_as_well_is_a_rival_up_to_the_windows_last_day_and_two_years_before_its_first() -> None:
    def rival(text: str, first: date, last: date) -> date | None:
        return dates_in(text, DateWindow(first, last))[0].rival

    oldest, far = date(2025, 10, 28), date(2031, 1, 1)
    assert rival("28.10.25", oldest + timedelta(730), far) == oldest
    assert rival("28.10.25", oldest + timedelta(731), far) is None
    latest = date(2029, 10, 27)
    assert rival("27.10.29", TODAY, latest) == latest
    assert rival("27.10.29", TODAY, latest - timedelta(1)) is None


def test_korean_words_tell_the_order_from_sixty_letters_before() -> None:
    assert [the(f"가{' ' * blanks}27.10.26", window()) for blanks in (59, 60)] == [
        PrintedDate(date(2027, 10, 26), 60, 68),
        PrintedDate(date(2027, 10, 26), 61, 69, rival=date(2026, 10, 27)),
    ]


def test_a_last_number_of_20_may_be_half_a_year() -> None:
    found = the("30.01.20", window())
    assert found is not None
    assert found.rival is not None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("05.28.2027", date(2027, 5, 28)),  # month, day, year, as no month is the 28th
        ("28.05.2027", date(2027, 5, 28)),
        ("EXP 050527", date(2027, 5, 5)),
        ("050527", None),
        ("05/2027", date(2027, 5, 31)),
        ("05.2027", date(2027, 5, 31)),
        ("2027/05/28", date(2027, 5, 28)),
        ("31.02.2027", None),
    ],
)
def test_what_is_sure_is_read_in_any_order(text: str, meant: date | None) -> None:
    assert day(text, window(DateOrder.AUTO)) == meant


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("EXP 280527", date(2027, 5, 28)),
        ("BBE: 280527", date(2027, 5, 28)),
        ("MFG 280527", None),
        ("280527", None),
        ("EXP 2805271", None),
        ("EXP 280527-12", None),
    ],
)
def test_six_digits_are_a_date_behind_a_use_by_word_alone(text: str, meant: date | None) -> None:
    assert day(text, window(DateOrder.DMY)) == meant


def test_six_digits_are_read_in_the_chosen_order() -> None:
    assert day("EXP 271201", window(DateOrder.YMD, DateSpelling.GLUED)) == date(2027, 12, 1)


def test_six_digits_with_two_meanings_have_a_rival_too() -> None:
    found = the("EXP 271026", window(DateOrder.YMD, DateSpelling.GLUED))
    assert (found and found.day, found and found.rival) == (date(2027, 10, 26), date(2026, 10, 27))


@pytest.mark.parametrize(
    ("text", "in_dmy", "in_auto"),
    [
        ("28 05 2027", date(2027, 5, 28), date(2027, 5, 28)),
        ("28 05 27", None, None),  # without a sign only a year of four digits makes a date
        ("2027.05.28", date(2027, 5, 28), date(2027, 5, 28)),
        ("2027 05 28", None, date(2027, 5, 28)),  # nobody asked for blanks
        ("31.02.2027", None, None),
        ("32.10.27", None, None),
        ("EXP 310227", None, date(2031, 2, 27)),
        ("028.05.2027", None, None),
        ("28.005.2027", None, None),
    ],
)
def test_what_the_other_orders_read(text: str, in_dmy: date | None, in_auto: date | None) -> None:
    assert day(text, window(DateOrder.DMY)) == in_dmy
    assert day(text, window(DateOrder.AUTO)) == in_auto


def test_a_month_that_is_not_asked_for_hides_none_that_is() -> None:
    assert day("2027.03 A 05/2027", window(DateOrder.AUTO)) == date(2027, 5, 31)
    assert day("05/2027 A 2027.06", window(DateOrder.YMD, DateSpelling.MONTH)) == date(2027, 6, 30)


@pytest.mark.parametrize("order", DateOrder)
@pytest.mark.parametrize("printed", ["2027.01.05", "2027/01/05", "20270105", "270105", "12.05"])
def test_every_date_stands_where_it_is_printed(printed: str, order: DateOrder) -> None:
    text = f"A EXP {printed} B"
    for found in dates_in(text, window(order, *DateSpelling)):
        assert text[found.start : found.end] == printed
    asked = window(DateOrder.YMD, *DateSpelling)
    both = dates_in(f"EXP 2027.03.05 A EXP {printed} B", asked)
    assert [found.role for found in both] == [DateRole.USE_BY] * 2
    assert (both[1].start, both[1].end) == (21, 21 + len(printed))


def test_a_date_alone_has_no_role_and_no_rival() -> None:
    assert PrintedDate(TODAY, 0, 8) == PrintedDate(TODAY, 0, 8, DateRole.UNSAID, None)


def test_orders_are_called_as_in_settings_and_answers() -> None:
    assert [str(order) for order in DateOrder] == ["ymd", "dmy", "auto"]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("12.05까지", date(2026, 12, 5)),
        ("소비기한 12.05", date(2026, 12, 5)),
        ("1.9까지", date(2027, 1, 9)),
        ("11.20까지", None),  # yesterday
        ("01.20까지", date(2027, 1, 20)),
        ("01.21까지", None),  # more than two months
        ("12.05", None),
        ("EXP 12.05", None),  # the fifth of December, the twelfth of May, or December of a year
        ("12.05부터", None),
        ("제조 12.05", None),
        ("2026.12.05까지", date(2026, 12, 5)),
        (".12.05까지", None),
        ("2.12.05까지", None),
        ("12.05.까지", date(2026, 12, 5)),
        ("12:05까지", None),
        ("2026.02.30까지", None),
    ],
)
def test_a_month_and_a_day_are_a_date_beside_a_korean_use_by_word(text: str, meant: date | None) -> None:
    assert day(text, window()) == meant


@given(st.dates(date(2025, 1, 1), date(2035, 1, 1)), st.integers(0, 60))
def test_a_date_without_a_year_is_the_next_such_day(today: date, ahead: int) -> None:
    meant = today + timedelta(ahead)
    assume((meant.month, meant.day) != (2, 29))
    assert day(f"{meant:%m.%d}", window(DateOrder.YMD, DateSpelling.NO_YEAR, today=today)) == meant


def test_a_date_without_a_year_has_two_digits_each_or_a_word_beside_it() -> None:
    asked = window(DateOrder.YMD, DateSpelling.NO_YEAR)
    assert day("12.5", asked) is None
    assert day("EXP 12.5", asked) == date(2026, 12, 5)


def test_where_nobody_says_what_today_is_dates_without_a_year_are_counted_from_the_windows_first_day() -> None:
    asked = DateWindow(date(2026, 12, 1), date(2027, 12, 1))
    assert asked.today is None
    assert [day(text, asked) for text in ("12.01까지", "11.30까지")] == [date(2026, 12, 1), None]


def test_a_word_is_beside_a_date_within_thirty_letters() -> None:
    assert [day(f"12.05{' ' * blanks}까지", window()) for blanks in (28, 29)] == [date(2026, 12, 5), None]


def test_a_day_and_a_month_belong_to_a_year_that_follows_within_twelve_letters() -> None:
    assert [day(f"8  /  06  {blanks}/ 2027.10.15", window()) for blanks in ("", " ")] == [None, date(2027, 10, 15)]


def test_a_month_behind_a_year_that_ends_a_date_is_a_time() -> None:
    assert dates_in("28, 06, 2027.10", window(DateOrder.YMD, *DateSpelling)) == []


def test_words_keep_their_say_in_the_other_order() -> None:
    found = dates_in("MFD 28.05.2026 BBE 28.05.2027", window(DateOrder.DMY))
    assert [(one.day, one.role) for one in found] == [(date(2027, 5, 28), DateRole.USE_BY)]


@pytest.mark.parametrize("order", DateOrder)
@pytest.mark.parametrize(
    "text",
    ["1" * 100_000, "12.05 " * 20_000, "EXP 28" * 20_000, "20261201" * 15_000, "12. " * 30_000, "2027/" * 20_000],
)
def test_hostile_text_takes_linear_time_in_every_order(text: str, order: DateOrder) -> None:
    began = perf_counter()
    dates_in(text, window(order, *DateSpelling))
    assert perf_counter() - began < 20, "quadratic time would take minutes"


@given(st.text("0123456789./- EXP까지년월일", max_size=60), st.sampled_from(DateOrder))
def test_any_text_gives_dates_of_the_window_in_every_order(text: str, order: DateOrder) -> None:
    asked = window(order, *DateSpelling)
    assert all(found.day in asked and 0 <= found.start < found.end <= len(text) for found in dates_in(text, asked))


@pytest.mark.parametrize(
    ("text", "way"),
    [
        ("2027.03", "Y.M"),
        ("2027 03 15", "Y M D"),
        ("EXP 270315", "DDMMYY"),
        ("15.03.2027", "auto"),
        ("15/03/27", "auto"),
    ],
)
def test_what_is_printed_in_a_way_that_is_switched_off_is_found_by_that_way(text: str, way: str) -> None:
    window = DateWindow.around(date(2026, 11, 21), past_days=60, ahead_years=5)
    assert dates_in(text, window) == []
    assert way in [str(off) for off, wider in switched_off(window) if dates_in(text, wider)]


def test_nothing_is_switched_off_where_everything_is_on() -> None:
    window = DateWindow(date.min, date.max, frozenset(DateSpelling), DateOrder.AUTO)
    assert list(switched_off(window)) == []
