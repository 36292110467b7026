"""Values that come back from disk: what is not what it should be is None, never an error and never a made-up number.

In: what SQLite or a JSON text gave. Out: a value of the wanted kind, or None. A disk garbles bytes, and another release
of this program may have written more, less or something else; whoever reads a row does it with these.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.errors import InvalidValue

_BEYOND = 2**63
"""Whole numbers are below this, as SQLite's are."""


def number(value: object) -> float | None:
    """A finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -_BEYOND < value < _BEYOND else None  # NaN is neither


def whole(value: object) -> int | None:
    """A whole number, also where it was written with a decimal point: 61.0, but not 61.4."""
    found = number(value)
    if found is None or not found.is_integer():
        return None
    return int(value) if isinstance(value, int) else int(found)


def address(value: object) -> Address | None:
    try:
        return parse_address(value) if isinstance(value, str) else None
    except InvalidValue:
        return None


def text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def moment(value: object) -> datetime | None:
    """A time in ISO 8601 with its offset; without one nobody knows when it was."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found if found is not None and found.utcoffset() is not None else None


def day(value: object) -> date | None:
    """A day as `YYYY-MM-DD`."""
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def members(value: object) -> Mapping[str, object] | None:
    """What a JSON object holds by name; None when the text is anything else."""
    found = parsed(value)
    return found if isinstance(found, dict) else None


def parsed(value: object) -> object:
    """What a JSON text says; None when it is none."""
    try:
        return json.loads(value) if isinstance(value, str | bytes) else None
    except (ValueError, RecursionError):
        return None
