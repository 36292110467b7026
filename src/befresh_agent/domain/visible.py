"""Text from outside (Bluetooth names, codes, names of food, errors of others): the one rule for what of it can be seen.

In: any text. Out: `visible` for whoever has to see what was there, `plain` for what is kept and sent. Control signs,
directions of writing and halves of signs never get through; emoji and their families stay whole, also those that
this Python's Unicode does not know yet.
"""

import unicodedata
from collections.abc import Iterator
from itertools import zip_longest

_UNSEEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_JOINER, _AS_PICTURE, _FLAG = "\u200d", "\ufe0f", "\U0001f3f4"
_TAGS = range(0xE0020, 0xE0080)
"""Invisible letters behind a black flag: which country's it is."""


def visible_text(text: str) -> str:
    """The text in one line, with escapes for what cannot be seen; tabs and line ends become spaces."""
    return "".join(letter if seen else _escaped(letter) for letter, seen in _letters(text))


def plain(text: str) -> str:
    """What can be seen of it, in NFC and in one line with single spaces."""
    kept = "".join(letter if seen else " " if letter.isspace() else "" for letter, seen in _letters(text))
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _letters(text: str) -> Iterator[tuple[str, bool]]:
    """Each with whether it can be seen, or holds together what is seen."""
    before = ""
    for letter, after in zip_longest(text, text[1:], fillvalue=""):
        seen = unicodedata.category(letter) not in _UNSEEN and not _is_noncharacter(letter)
        seen = seen or (letter == _JOINER and _is_picture(before) and _is_picture(after))
        seen = seen or (ord(letter) in _TAGS and (before == _FLAG or _is_tag(before)))
        yield letter, seen
        before = letter


def _is_picture(letter: str) -> bool:
    """Whether it may be an emoji; those of later Unicodes are not assigned yet."""
    return letter == _AS_PICTURE or (letter != "" and unicodedata.category(letter) in ("So", "Sk", "Cn"))


def _is_tag(letter: str) -> bool:
    return letter != "" and ord(letter) in _TAGS


def _is_noncharacter(letter: str) -> bool:
    return ord(letter) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(letter) <= 0xFDEF


def _escaped(letter: str) -> str:
    return " " if letter in "\t\n\r" else letter.encode("unicode_escape").decode()
