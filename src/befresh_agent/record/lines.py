"""Readings line by line, for spreadsheets (CSV) and for programs (JSON). In: readings of a container in order."""

import csv
import io
import json
from collections.abc import Iterable
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


class Lines:
    """Those of one container; times with their offset, in the zone (None: this machine's).

    The first reading after a gap longer than `gap_s` says how many minutes are missing before it.
    """

    def __init__(self, food: str | None, form: Form, *, gap_s: float, zone: tzinfo | None = None) -> None:
        self._food = food
        self._form = form
        self._gap_s = gap_s
        self._zone = zone
        self._before: float | None = None

    def of(self, readings: Iterable[Reading]) -> str:
        """One line for each of the readings, which follow those of the call before."""
        rows = map(self._row, readings)
        if self._form == "json":
            return "".join(json.dumps(dict(zip(COLUMNS, row, strict=True)), ensure_ascii=False) + "\n" for row in rows)
        return _csv(*(map(_harmless, row) for row in rows))

    def _row(self, reading: Reading) -> tuple[object, ...]:
        at, before, values = reading.taken_at.timestamp(), self._before, reading.values
        self._before = at
        return (
            reading.address,
            self._food,
            reading.taken_at.astimezone(self._zone).isoformat(timespec="seconds"),
            reading.clock_synced,
            None if before is None or at - before <= self._gap_s else round((at - before) / 60),
            values.temperature,
            values.humidity,
            values.pressure,
            values.co2,
            values.gas,
            values.nh3,
        )


def _harmless(value: object) -> object:
    """A name that a spreadsheet would take for a formula is quoted."""
    if isinstance(value, bool):
        return int(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _csv(*rows: Iterable[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
