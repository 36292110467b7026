from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.expiry import Window
from befresh_agent.domain.expiry_words import Role
from befresh_agent.vision.decoders.date_reader import Reading
from befresh_agent.vision.decoders.date_strip import ALPHABET
from befresh_agent.vision.decoders.date_text import dates_read, in_words

WINDOW = Window.around(date(2026, 11, 21), past_days=60, ahead_years=5)


def reading(text: str, last: float = 0.85) -> Reading:
    """A sure reading whose last character stands at a share of the strip."""
    places = tuple(last * (i + 1) / max(len(text), 1) for i in range(len(text)))
    return Reading(text, (0.9,) * len(text), places)


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


def test_half_a_digit_at_the_strips_edge_is_not_believed() -> None:
    text = "2026.12.17"
    cut = Reading(text, (*(0.9,) * 9, 0.5), tuple((i + 1) / 10 for i in range(len(text))))

    assert dates_read(cut, WINDOW) == []


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("2026.12.01m", Role.MADE_ON),
        ("m: 2026.12.01", Role.MADE_ON),
        ("2026.12.01u", Role.USE_BY),
        ("m2026.12.01u", Role.USE_BY),
        ("2026.12.01", Role.UNSAID),
    ],
)
def test_words_beside_a_date_are_noticed(text: str, role: Role) -> None:
    assert [one.role for one in dates_read(reading(text), WINDOW)] == [role]


def test_an_unsure_word_says_nothing() -> None:
    text = "2026.12.01m"
    unsure = Reading(text, (*(0.9,) * 10, 0.5), tuple(i / 20 for i in range(len(text))))

    assert [one.role for one in dates_read(unsure, WINDOW)] == [Role.UNSAID]


def test_a_date_is_as_sure_as_its_least_sure_character() -> None:
    text = "#2026.12.01"
    unsure = Reading(text, (0.1, *(0.9,) * 9, 0.6), tuple(i / 20 for i in range(len(text))))

    assert [one.confidence for one in dates_read(unsure, WINDOW)] == [0.6]


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
