import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.history.records import COLUMNS, Form, ReadingExporter, head

BEGIN = datetime(2026, 11, 21, 0, 30, tzinfo=UTC)
KST = timezone(timedelta(hours=9))


def reading(minute: int, *, synced: bool = True) -> Reading:
    values = Measurement(4.5, 61, None, 537, 101_700, 0)
    return Reading(Address("FB:89:EB:22:95:84"), BEGIN + timedelta(minutes=minute), values, synced)


def lines(readings: Iterable[Reading], food: str | None, form: Form) -> str:
    return ReadingExporter(food, form, gap_s=1800, zone=KST).rows_of(readings)


def sheet(*readings: Reading, food: str | None = "김치") -> list[dict[str, Any]]:
    return list(csv.DictReader(io.StringIO(head("csv") + lines(readings, food, "csv"), newline="")))


def test_a_line_for_a_spreadsheet() -> None:
    line = lines([reading(0, synced=False)], "김치", "csv")
    assert line.startswith("FB:89:EB:22:95:84,김치,2026-11-21T09:30:00+09:00,0,,4.5,61,,537,101700,0")
    assert line.count("\n") == 1


def test_a_line_for_a_program() -> None:
    (line,) = lines([reading(0)], None, "json").splitlines()
    assert tuple(json.loads(line)) == COLUMNS
    assert json.loads(line) | {"food": None, "clock_set": True, "pressure_hpa": None} == json.loads(line)
    assert head("json") == ""


def test_gaps_are_told() -> None:
    found = sheet(reading(0), reading(30), reading(61), reading(70))
    assert [row["minutes_missing_before"] for row in found] == ["", "", "31", ""]


def test_a_gap_is_told_wherever_the_readings_are_cut() -> None:
    readings = [reading(0), reading(30), reading(61), reading(70)]
    cut = ReadingExporter("김치", "csv", gap_s=1800, zone=KST)
    parts = [cut.rows_of(readings[:2]), cut.rows_of(readings[2:3]), cut.rows_of(readings[3:])]
    assert "".join(parts) == lines(readings, "김치", "csv")


def test_a_name_is_never_a_formula() -> None:
    assert sheet(reading(0), food='=HYPERLINK("http://evil")')[0]["food"] == '\'=HYPERLINK("http://evil")'
    assert sheet(reading(0), food='a "b", c\nd')[0]["food"] == 'a "b", c\nd'
