"""What the words beside a printed date say about it: since then it is made, or until then it is good."""

import re
from enum import StrEnum


class DateRole(StrEnum):
    """What a printed date is for."""

    USE_BY = "use-by"
    MADE_ON = "made-on"
    UNSAID = "unsaid"


_MADE_ON = r"제조(?:일자|일)?|생산일?|(?<![A-Z])(?:MFG|MFD|PROD|PKD)(?![A-Z])"
_USE_BY = r"유통기한|소비기한|(?<![A-Z])(?:EXP(?:IRY|IRES)?|BBE?|BEST BEFORE|BEST BY|USE BY)(?![A-Z])"
_SINCE, _UNTIL = "부터", "까지"

_BEFORE = re.compile(rf"(?:(?P<made>{_MADE_ON})|(?P<use>{_USE_BY}))[^0-9]{{0,20}}\Z", re.IGNORECASE)
_BEHIND = re.compile(rf"[\s.):]*(?:(?P<made>{_SINCE})|(?P<use>{_UNTIL}))")
_BEHIND_THE_LAST = re.compile(rf"[\s.):]*(?P<made>{_MADE_ON})", re.IGNORECASE)
_HANGUL = re.compile(r"[가-힣]")
_LONGEST = 60
"""Characters of the text before a date that are looked at."""


def role_of(before: str, behind: str, *, is_last: bool) -> DateRole:
    """The role of a date by the text between it and its neighbours.

    부터 and 까지 stand behind their date, all other words before it; a made-on word may stand behind the last one.
    """
    matches = [_BEHIND.match(behind), _last_word(before[-_LONGEST:])]
    if is_last:
        matches.append(_BEHIND_THE_LAST.match(behind))
    for match in matches:
        if match is not None:
            return DateRole.MADE_ON if match["made"] else DateRole.USE_BY
    return DateRole.UNSAID


def is_korean(before: str, behind: str) -> bool:
    """Whether Korean words stand beside a date: on such packs the year comes first."""
    return _BEHIND.match(behind) is not None or _HANGUL.search(before[-_LONGEST:]) is not None


def _last_word(before: str) -> re.Match[str] | None:
    """The word nearest to the end: `MFG / EXP` is about an expiry."""
    found = None
    while (match := _BEFORE.search(before, 0 if found is None else found.start() + 1)) is not None:
        found = match
    return found
