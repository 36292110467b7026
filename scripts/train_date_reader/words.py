"""What may be printed on a pack: dates of many shapes, and all that stands around them.

Out: texts, chosen at random; three of four hold a date.
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np

Rng = np.random.Generator

USE_BY = ("유통기한", "소비기한", "까지", "까지", "EXP", "EXP.", "BBE", "BB", "BEST BEFORE", "USE BY", "Best before")
MADE_ON = ("제조", "제조일자", "제조일", "부터", "부터", "MFG", "PROD", "PKD")
KOREAN = tuple(Path(__file__).with_name("words_korean.txt").read_text(encoding="utf-8").split())
LATIN = tuple(Path(__file__).with_name("words_latin.txt").read_text(encoding="utf-8").split())
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
DIGITS = tuple("0123456789")


def digits(rng: Rng, low: int, high: int) -> str:
    return "".join(rng.choice(DIGITS, int(rng.integers(low, high))))


def _day(rng: Rng) -> tuple[int, int, int]:
    """Year, month, day: mostly of the calendar, sometimes any digits, so that the reader looks instead of guessing."""
    if rng.random() < 0.15:
        return int(rng.integers(0, 10_000)), int(rng.integers(0, 100)), int(rng.integers(0, 100))
    return int(rng.integers(2018, 2041)), int(rng.integers(1, 13)), int(rng.integers(1, 32))


def dotted_date(rng: Rng, of: tuple[int, int, int] | None = None) -> str:
    """A date as the agent accepts it: (YY|YYYY).(M|MM).(D|DD), spaces allowed after the dots."""
    year, month, day = of or _day(rng)
    years = f"{year % 100:02d}" if rng.random() < 0.26 else f"{year:04d}"
    shape = rng.random()
    if shape < 0.78:
        return f"{years}.{month:02d}.{day:02d}"
    if shape < 0.90:
        return f"{years}. {month:02d}. {day:02d}" + ("." if rng.random() < 0.3 else "")
    return f"{years}.{month}.{day}" if rng.random() < 0.6 else f"{years}. {month}. {day}"


def other_date(rng: Rng) -> str:
    """A date in any spelling, mostly another."""
    year, month, day = _day(rng)
    years = f"{year:04d}" if rng.random() < 0.65 else f"{year % 100:02d}"
    sep = str(rng.choice(["/", "-", " ", "."]))
    shape = rng.random()
    if shape < 0.12:
        return f"{year:04d}년 {month:02d}월 {day:02d}일" if rng.random() < 0.5 else f"{year:04d}년{month}월{day}일"
    if shape < 0.40:
        return f"{years}{sep}{month:02d}{sep}{day:02d}"
    if shape < 0.68:
        return f"{day:02d}{sep}{month:02d}{sep}{years}"
    if shape < 0.80:
        return f"{month:02d}{sep}{years}"
    return f"{day:02d}{sep}{MONTHS[month % 12]}{sep}{years}"


def lot(rng: Rng) -> str:
    """A time, a lot or a line code, as printed beside a date."""
    clock = f"{rng.integers(24):02d}:{rng.integers(60):02d}"
    capital = chr(65 + int(rng.integers(26)))
    forms: tuple[Callable[[], str], ...] = (
        lambda: clock,
        lambda: clock,
        lambda: f"{clock}:{rng.integers(60):02d}",
        lambda: capital + digits(rng, 1, 5),
        lambda: f"({capital})",
        lambda: capital,
        lambda: capital + ".",
        lambda: f"F{rng.integers(9)}-{rng.integers(9)}",
        lambda: digits(rng, 3, 9),
    )
    return forms[int(rng.integers(len(forms)))]()


def word(rng: Rng) -> str:
    pool = rng.random()
    if pool < 0.12:
        return str(rng.choice(USE_BY))
    if pool < 0.2:
        return str(rng.choice(MADE_ON))
    return str(rng.choice(KOREAN if pool < 0.6 else LATIN))


def number(rng: Rng) -> str:
    """Digits that are no date: bar codes, weights, telephone numbers, prices."""
    forms: tuple[Callable[[], str], ...] = (
        lambda: digits(rng, 6, 14),
        lambda: digits(rng, 2, 5) + str(rng.choice(["g", "ml", "kcal", "mg", "%", "원"])),
        lambda: f"080-{digits(rng, 3, 5)}-{digits(rng, 4, 5)}",
        lambda: f"{digits(rng, 1, 4)}.{digits(rng, 1, 4)}" + str(rng.choice(["g", "%", "L"])),
        lambda: f"{digits(rng, 1, 4)},{digits(rng, 3, 4)}",
        lambda: f"{digits(rng, 2, 7)}-{digits(rng, 2, 7)}",
        lambda: ".".join(digits(rng, 1, 4) for _ in range(int(rng.integers(2, 5)))),
    )
    return forms[int(rng.integers(len(forms)))]()


def words(rng: Rng, low: int = 1, high: int = 5) -> str:
    """Print without a date."""
    return " ".join(word(rng) if rng.random() < 0.75 else number(rng) for _ in range(int(rng.integers(low, high))))


def _suffix(rng: Rng) -> str:
    closing = ("까지", " 까지", "까지", "부터", " 부터", "제조", " 제조", "E", " E", "A", " H", ".", ")", "A.")
    if rng.random() < 0.5:
        return str(rng.choice(closing))
    return str(rng.choice([" ", "", "/", "  "])) + lot(rng)


def _prefix(rng: Rng) -> str:
    if rng.random() < 0.6:
        return word(rng) + str(rng.choice([" ", ":", " : ", "", ". "]))
    return lot(rng) + str(rng.choice([" ", "  ", " / ", "/"]))


def neighbours(rng: Rng) -> tuple[str, str]:
    """What stands before and behind a date in the same line."""
    if rng.random() < 0.5:
        return "", ""
    return (_prefix(rng) if rng.random() < 0.5 else ""), (_suffix(rng) if rng.random() < 0.65 else "")


def any_date(rng: Rng) -> str:
    return dotted_date(rng) if rng.random() < 0.72 else other_date(rng)


def date_line(rng: Rng) -> str:
    date = any_date(rng)
    before, behind = neighbours(rng)
    return before + date + behind


def any_line(rng: Rng) -> str:
    """What one strip shows."""
    kind = rng.random()
    if kind < 0.82:
        return date_line(rng)
    if kind < 0.92:
        return words(rng)
    if kind < 0.96:
        return number(rng)
    if kind < 0.985:
        return "".join(rng.choice([*DIGITS, *"./-: "], int(rng.integers(4, 12)))).strip()
    return ""
