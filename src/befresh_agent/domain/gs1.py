"""GS1 codes on packs: which product, which lot, until when. A date in the code needs no reading of print.

In: the text of a QR code (a GS1 Digital Link, or element strings with or without brackets) or of an EAN barcode.
Out: the product, or None for any other text. The text is hostile by assumption.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date
from urllib.parse import parse_qsl, unquote, urlsplit

_LONGEST = 2048
_SEPARATOR = "\x1d"
"""FNC1 as text: the end of an element of variable length."""
_FIXED = {"01": 14, "11": 6, "12": 6, "13": 6, "15": 6, "16": 6, "17": 6}
_VARIABLE = {"10": 20, "21": 20, "22": 20}
_BRACKETED = re.compile(r"\((\d{2})\)([^()\x1d]{1,20})", re.ASCII)
_GTIN = re.compile(r"\d{8}|\d{12,14}", re.ASCII)
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)", re.ASCII)
_LOT = re.compile(r"[!-~]{1,20}")
_CENTURY = 2000


@dataclass(frozen=True, slots=True)
class Product:
    """What a code says of a pack."""

    gtin: str
    """The trade item number in 14 digits."""
    lot: str | None = None
    expires_on: date | None = None
    """Use-by (17), else best-before (15)."""


def product_in_code(text: str) -> Product | None:
    if len(text) > _LONGEST or not text.isascii():
        return None
    if _GTIN.fullmatch(text):
        return _product({"01": text})
    for parse in (_digital_link, _bracketed, _plain):
        if elements := parse(text):
            return _product(elements)
    return None


def _product(elements: dict[str, str]) -> Product | None:
    gtin = elements.get("01", "").zfill(14)
    if not _GTIN.fullmatch(elements.get("01", "")) or not _is_valid(gtin):
        return None
    lot = elements.get("10")
    return Product(
        gtin,
        lot if lot is not None and _LOT.fullmatch(lot) else None,
        _day(elements.get("17", "")) or _day(elements.get("15", "")),
    )


def _digital_link(text: str) -> dict[str, str]:
    """`https://example.com/01/09506000134352/10/AB12?17=301231`"""
    try:
        link = urlsplit(text)
    except ValueError:
        return {}
    if link.scheme.lower() not in ("http", "https"):
        return {}
    steps = [unquote(step) for step in link.path.split("/")]
    if "01" not in steps:
        return {}
    path = steps[steps.index("01") :]
    return dict(parse_qsl(link.query)) | dict(zip(path[::2], path[1::2], strict=False))


def _bracketed(text: str) -> dict[str, str]:
    """`(01)09506000134352(17)301231(10)AB12`"""
    elements = _BRACKETED.findall(text) if text.startswith("(01)") else []
    return dict(elements) if sum(len(value) + 4 for _, value in elements) == len(text) else {}


def _plain(text: str) -> dict[str, str]:
    """`01095060001343521730123110AB12`, the elements without brackets; all of the text must make sense."""
    rest, elements = text.removeprefix(_SEPARATOR), dict[str, str]()
    while rest:
        identifier, rest = rest[:2], rest[2:]
        if identifier in _FIXED:
            value, rest = rest[: _FIXED[identifier]], rest[_FIXED[identifier] :]
        elif identifier in _VARIABLE:
            value, _, rest = rest.partition(_SEPARATOR)
        else:
            return {}
        elements[identifier] = value
        rest = rest.removeprefix(_SEPARATOR)
    return elements


def _is_valid(gtin: str) -> bool:
    """Whether the check digit is right."""
    weighed = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(gtin))
    return weighed % 10 == 0 and int(gtin) > 0


def _day(text: str) -> date | None:
    """YYMMDD; day 00 is the last of the month."""
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    year, month, day = _CENTURY + int(match[1]), int(match[2]), int(match[3])
    try:
        return date(year, month, day or calendar.monthrange(year, month)[1])
    except (ValueError, calendar.IllegalMonthError):
        return None
