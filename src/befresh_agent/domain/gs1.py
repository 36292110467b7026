"""GS1 codes on packs: which product, which lot, until when. A date in the code needs no reading of print.

In: the text of a code (a GS1 Digital Link, or element strings with or without brackets) or of an EAN or UPC barcode.
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
_SYMBOLOGY = re.compile(r"\][CdeQJ][0-9]")
"""What some readers put before the text: which kind of code it was."""
_DIGITS_OF_IDENTIFIER = {
    **dict.fromkeys(
        ("00", "01", "02", "03", "30", "37", *map(str, (*range(10, 18), *range(20, 23), *range(90, 100)))), 2
    ),
    **dict.fromkeys(("23", "24", "25", "40", "41", "42", "71"), 3),
    **dict.fromkeys(("31", "32", "33", "34", "35", "36", "39", "43", "70", "72", "80", "81", "82"), 4),
}
"""Of every identifier in use (GS1 General Specifications, 3.2), by its first two digits."""
_LENGTH = {
    **{"00": 18, "01": 14, "02": 14, "03": 14, "20": 2, "41": 13},
    **dict.fromkeys(map(str, (*range(11, 18), *range(31, 37))), 6),
}
"""Characters of a value that needs no separator behind it (7.8.5), by the same two digits; all others end with one."""
_LONGEST_VALUE = 90
_BRACKETED = re.compile(r"\((\d{2,4})\)([^()\x1d]{1,90})", re.ASCII)
_ALIASES = {"gtin": "01", "lot": "10", "exp": "17"}
"""Words for identifiers in links of the first edition of Digital Link."""
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
    """Use-by (17, or 7003 with its hour), else best-before (15)."""


def product_in_code(text: str) -> Product | None:
    if len(text) > _LONGEST:
        return None
    text = text[3:] if _SYMBOLOGY.match(text) else text
    if _GTIN.fullmatch(text):
        return _product({"01": text})
    for parse in (_digital_link, _bracketed, _plain):
        if elements := parse(text):
            return _product(elements)
    return None


def printed_number(gtin: str) -> str:
    """The number as it stands below a barcode: 13 digits of an EAN or UPC code, 8 of a short one."""
    digits = 8 if gtin.startswith("000000") else 13 if gtin.startswith("0") else 14
    return gtin[-digits:]


def _product(elements: dict[str, str]) -> Product | None:
    gtin = elements.get("01", "").zfill(14)
    if not _GTIN.fullmatch(elements.get("01", "")) or not _is_valid(gtin):
        return None
    lot = elements.get("10")
    return Product(
        gtin,
        lot if lot is not None and _LOT.fullmatch(lot) else None,
        _day(elements.get("17", "")) or _day(elements.get("7003", "")[:6]) or _day(elements.get("15", "")),
    )


def _digital_link(text: str) -> dict[str, str]:
    """`https://example.com/01/09506000134352/10/AB12?17=301231`, with or without the scheme."""
    try:
        link = urlsplit(text if "://" in text else f"https://{text}")
    except ValueError:
        return {}
    if link.scheme.lower() not in ("http", "https"):
        return {}
    steps = [_ALIASES.get(step, step) for step in map(unquote, link.path.split("/"))]
    if "01" not in steps:
        return {}
    path = steps[steps.index("01") :]
    query = {_ALIASES.get(name, name): value for name, value in parse_qsl(link.query)}
    return query | dict(zip(path[::2], path[1::2], strict=False))


def _bracketed(text: str) -> dict[str, str]:
    """`(01)09506000134352(17)301231(10)AB12`"""
    elements = _BRACKETED.findall(text)
    return dict(elements) if sum(len(name) + len(value) + 2 for name, value in elements) == len(text) else {}


def _plain(text: str) -> dict[str, str]:
    """`01095060001343521730123110AB12`, the elements without brackets; all of the text must make sense."""
    rest, elements = text.removeprefix(_SEPARATOR), dict[str, str]()
    while rest:
        kind = rest[:2]
        if kind not in _DIGITS_OF_IDENTIFIER:
            return {}
        identifier, rest = rest[: _DIGITS_OF_IDENTIFIER[kind]], rest[_DIGITS_OF_IDENTIFIER[kind] :]
        if kind in _LENGTH:
            value, rest = rest[: _LENGTH[kind]], rest[_LENGTH[kind] :]
        else:
            value, _, rest = rest.partition(_SEPARATOR)
        if not (identifier.isdecimal() and 0 < len(value) <= _LONGEST_VALUE):
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
