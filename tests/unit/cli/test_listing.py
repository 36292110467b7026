from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.text import Text

from befresh_agent.cli.listing import facts, moment, show, table

TITLES = ("id", "name", "trouble", "since")
ROWS = [
    ("01a22bbd-02c9-775a-96bb-498f0012ab34", "김치", "a long story " * 8, "2026-11-30"),
    ("01a22bbd-02c9-775a-96bb-498f0012ab35", "", "", "2026-11-30"),
]


def plain(lines: list[Text]) -> list[str]:
    return [line.plain for line in lines]


def test_columns_where_they_fit() -> None:
    lines = plain(table(TITLES, ROWS, 400))
    assert lines[0].split() == list(TITLES)
    assert lines[2] == f"{ROWS[1][0]}{' ' * (lines[0].index('since') - 36)}2026-11-30"


def test_an_empty_column_is_left_out() -> None:
    assert plain(table(TITLES, ROWS[1:], 60)) == [
        f"id{' ' * 36}since",
        f"{ROWS[1][0]}  2026-11-30",
    ]


def test_spare_columns_go_before_everything_is_stacked() -> None:
    rows = [("FB:89:EB:22:95:84", "a", "b", "c" * 30)]
    assert plain(table(TITLES, rows, 40, spare=1)) == ["id                 name  trouble", "FB:89:EB:22:95:84  a     b"]
    assert plain(table(TITLES, rows, 40))[0] == rows[0][0]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_one_below_the_other_where_they_do_not_fit(width: int) -> None:
    lines = plain(table(TITLES, ROWS, width))
    assert [line for line in lines if not line.startswith(" ")] == [row[0] for row in ROWS]
    assert max(map(cell_len, lines)) <= width
    assert " ".join(" ".join(lines).split()).count("a long story") == 8


def test_a_pipe_gets_tabs_and_whole_texts() -> None:
    assert plain(table(TITLES, ROWS, None)) == ["\t".join(TITLES), *("\t".join(row) for row in ROWS)]
    assert plain(facts([("a", "b\tc"), ("d", Text("e"))], None)) == ["a\tb c", "d\te"]


@given(st.lists(st.tuples(st.text(min_size=1), st.text(), st.text(), st.text()), min_size=1), st.integers(20, 200))
def test_whatever_stands_in_it_nothing_is_lost_and_nothing_steers(rows: list[tuple[str, ...]], width: int) -> None:
    text = "".join(plain(table(TITLES, rows, width)))
    assert "\x1b" not in text
    assert "\n" not in text
    assert all(letter in text for row in rows for cell in row for letter in cell if letter.isalnum())


def test_facts_stand_below_each_other() -> None:
    lines = plain(facts([("radio busy", "30%"), ("why", "one two three four")], 24))
    assert lines == ["radio busy  30%", "why         one two", "            three four"]


def test_times_are_local_and_short() -> None:
    at = datetime(2026, 11, 30, 9, 15, 59, tzinfo=UTC)
    assert moment(at) == moment(at.isoformat()) == at.astimezone().strftime("%Y-%m-%d %H:%M")
    assert moment(None) == ""
    assert moment("yesterday") == "yesterday"


def test_it_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    show([Text("a\tb"), "[bold]x"])
    assert capsys.readouterr().out == "a\tb\n[bold]x\n"
