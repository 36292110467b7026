"""Readings line by line, for spreadsheets (CSV) and for programs (JSON). In: readings of a container in order."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from datetime import tzinfo
from typing import Literal

from befresh_agent.domain.reading import Reading

Form = Literal["csv", "json"]
COLUMNS = (
    "container", "food", "time", "clock_set", "minutes_missing_before",
    "temperature_c", "humidity_percent", "pressure_hpa", "co2_ppm", "gas_ohm", "nh3_raw",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def head(form: Form) -> str:
    """What comes before all others; the names of the columns, or nothing."""
    return _csv(COLUMNS) if form == "csv" else ""


def lines(
    readings: Iterable[Reading], food: str | None, form: Form, *, gap_s: float, zone: tzinfo | None = None
) -> Iterator[str]:
    """One line a reading; times with their offset, in the zone (None: this machine's).

    The first reading after a gap longer than `gap_s` says how many minutes are missing before it.
    """
    before: float | None = None
    for reading in readings:
        at, values = reading.taken_at.timestamp(), reading.values
        row = (
            reading.address,
            food,
            reading.taken_at.astimezone(zone).isoformat(timespec="seconds"),
            reading.clock_synced,
            None if before is None or at - before <= gap_s else round((at - before) / 60),
            values.temperature,
            values.humidity,
            values.pressure,
            values.co2,
            values.gas,
            values.nh3,
        )
        before = at
        if form == "json":
            yield json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n"
        else:
            yield _csv(_harmless(value) for value in row)


def _harmless(value: object) -> object:
    """A name that a spreadsheet would take for a formula is quoted."""
    if isinstance(value, bool):
        return int(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _csv(values: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(values)
    return text.getvalue()
