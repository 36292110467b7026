from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.expiry import DateOrder, DateWindow
from befresh_agent.domain.expiry_words import DateRole
from befresh_agent.vision.dates.date_reader import ALPHABET, StripReading
from befresh_agent.vision.dates.date_text import dates_read, in_words, unused_way

WINDOW = DateWindow.around(date(2026, 11, 21), past_days=60, ahead_years=5)


def reading(text: str, last: float = 0.85) -> StripReading:
    """A sure reading whose last character stands at a share of the strip."""
    places = tuple(last * (i + 1) / max(len(text), 1) for i in range(len(text)))
    return StripReading(text, (0.9,) * len(text), places)


@pytest.mark.parametrize(
    "text", ["2026.12.01", "26.12.01", "2026. 12. 01", "2026.12.1", "2026.12.01u", "#2026.12.01/10:08", "u:2026.12.01#"]
)
def test_the_accepted_spellings_are_read(text: str) -> None:
    assert [one.day for one in dates_read(reading(text), WINDOW)] == [date(2026, 12, 1)]


@pytest.mark.parametrize(
    "text", ["2026.12.0110:08", "12026.12.01", "202612.01", "2026.1201", "2026 12.01", "2026.12 01."]
)
def test_slips_that_leave_no_doubt_are_put_right(text: str) -> None:
    assert [one.day for one in dates_read(reading(text), WINDOW)] == [date(2026, 12, 1)]


@pytest.mark.parametrize(
    "text",
    [
        *("01.12.2026", "01.12.26", "2026 12 01", "2026-12-01", "2026/12/01", "20261201", "2026.13.01", "2026.02.30"),
        *(
            "28.06.2027.10.15",
            "28.06.2027.10.1510",
            "12.2027.10.15",
            "28.06. 202710.15",
            "28/06/2027.10.15",
            "1.12027.10.15",
        ),
        *("2019.12.01", "26.1201", "080-2026-1201", "12.01", "#", ""),
    ],
)
def test_anything_else_is_no_date(text: str) -> None:
    assert dates_read(reading(text), WINDOW) == []


@pytest.mark.parametrize(
    ("text", "last"), [("2026.12.1", 0.99), ("2026.12.1", 0.9), ("2027.01.1", 0.5), ("27.01.20", 0.99)]
)
def test_a_date_cut_by_the_strips_edge_is_not_believed(text: str, last: float) -> None:
    assert dates_read(reading(text, last), WINDOW) == []


def test_a_month_and_year_at_the_strips_edge_may_have_lost_their_day() -> None:
    """Of `19/07/2028` may be left `07/2028`; with room before it nothing was cut off."""
    window = replace(WINDOW, order=DateOrder.AUTO)

    assert dates_read(reading("07/2028"), window) == []
    assert [one.day for one in dates_read(reading("###07/2028"), window)] == [date(2028, 7, 31)]


def test_half_a_digit_at_the_strips_edge_is_not_believed() -> None:
    text = "2026.12.17"
    cut = StripReading(text, (*(0.9,) * 9, 0.5), tuple((i + 1) / 10 for i in range(len(text))))

    assert dates_read(cut, WINDOW) == []


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("2026.12.01m", DateRole.MADE_ON),
        ("m: 2026.12.01", DateRole.MADE_ON),
        ("2026.12.01u", DateRole.USE_BY),
        ("m2026.12.01u", DateRole.USE_BY),
        ("2026.12.01", DateRole.UNSAID),
    ],
)
def test_words_beside_a_date_are_noticed(text: str, role: DateRole) -> None:
    assert [one.role for one in dates_read(reading(text), WINDOW)] == [role]


def test_an_unsure_word_says_nothing() -> None:
    text = "2026.12.01m"
    unsure = StripReading(text, (*(0.9,) * 10, 0.5), tuple(i / 20 for i in range(len(text))))

    assert [one.role for one in dates_read(unsure, WINDOW)] == [DateRole.UNSAID]


def test_a_date_is_as_sure_as_its_least_sure_character() -> None:
    text = "#2026.12.01"
    unsure = StripReading(text, (0.1, *(0.9,) * 9, 0.6), tuple(i / 20 for i in range(len(text))))

    assert [one.confidence for one in dates_read(unsure, WINDOW)] == [0.6]


@pytest.mark.parametrize(
    ("text", "rival"),
    [
        ("27.10.26", date(2026, 10, 27)),
        ("u27.10.26", date(2026, 10, 27)),  # a word before a date may be of any language
        ("m: 27.10.26", date(2026, 10, 27)),
        ("27.10.26u", None),
        ("27.10.26 m", date(2026, 10, 27)),
        ("27.10.26 u 2027.01.01", date(2026, 10, 27)),  # the word belongs to what follows
    ],
)
def test_words_that_are_korean_leave_no_doubt_about_the_order(text: str, rival: date | None) -> None:
    assert dates_read(reading(text, 0.8), WINDOW)[0].rival == rival


@pytest.mark.parametrize(
    ("text", "read"),
    [("#12.05u", True), ("12.05u", False), ("12.05", False), ("u12.05", False), ("#12.05m", False), ("#2.05u", False)],
)
def test_a_month_and_a_day_count_before_a_korean_word_where_no_year_was_cut_off(text: str, read: bool) -> None:
    assert [one.day for one in dates_read(reading(text), WINDOW)] == ([date(2026, 12, 5)] if read else [])


def test_a_month_and_a_day_may_stand_first_where_there_is_room_before_them() -> None:
    text = "12.05u"
    roomy = StripReading(text, (0.9,) * 6, tuple(0.4 + i / 12 for i in range(6)))
    assert [one.day for one in dates_read(roomy, WINDOW)] == [date(2026, 12, 5)]


def test_six_digits_behind_a_use_by_word_are_read_in_the_chosen_order() -> None:
    window = DateWindow.around(date(2026, 11, 21), past_days=60, ahead_years=5, order=DateOrder.DMY)
    assert [one.day for one in dates_read(reading("u 280527#"), window)] == [date(2027, 5, 28)]
    assert dates_read(reading("m 280527#"), window) == []


def test_people_read_words() -> None:
    assert in_words("2026.12.01u#") == "2026.12.01까지…"


@given(
    st.dates(WINDOW.first, WINDOW.last), st.sampled_from([".", ". ", "/", "-"]), st.text("0123456789./-:", max_size=6)
)
def test_a_year_behind_day_and_month_begins_no_date(day: date, sign: str, behind: str) -> None:
    """Whatever sticks to it: the end of `28.06.2027.10.15` is a time."""
    assert dates_read(reading(f"{day.day:02}{sign}{day.month:02}{sign}{day.year}{behind}"), WINDOW) == []


@given(st.text(ALPHABET, max_size=40))
def test_any_reading_gives_dates_of_the_window_only(text: str) -> None:
    assert all(one.day in WINDOW and one.confidence == 0.9 for one in dates_read(reading(text), WINDOW))


@pytest.mark.parametrize(
    ("text", "way"),
    [("2027.03", "Y.M"), ("2027 03 15", "Y M D"), ("15.03.2027", "auto"), ("2027.03.15", None), ("1234", None)],
)
def test_a_reading_tells_the_spelling_that_would_make_it_a_date(text: str, way: str | None) -> None:
    window = DateWindow.around(date(2026, 11, 21), past_days=60, ahead_years=5)
    places = tuple((at + 1) / (len(text) + 4) for at in range(len(text)))
    assert unused_way([StripReading(text, (0.95,) * len(text), places)], window) == way
    assert unused_way([StripReading(text, (0.4,) * len(text), places)], window) is None
