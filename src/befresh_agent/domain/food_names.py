"""A food's name as a person means it, out of what was said or typed: "사과 등록해줘" is 사과; and the foods known by
word.

Numbers and counters stay ("계란 열 개"); politeness goes, with respect for words that only look polite: 오이요 is 오이
(cucumber) and not 오. The known foods, and their English words, stand in `foods.txt` beside this file.
"""

import re
from functools import cache
from importlib.resources import files

from befresh_agent.domain.visible import plain
from befresh_agent.errors import InvalidValue

LONGEST = 100

_UNSEEN = r"\x00-\x1f\x7f-\x9f\u200b\u200c\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff"

PATTERN = rf"^[^\s{_UNSEEN}]([^{_UNSEEN}]*[^\s{_UNSEEN}])?$"
"""What every name looks like, for JSON Schema: nothing unseen in it, no spaces around it."""

_EDGES = " .,!?~…\"'“”‘’"

_PLEASE = r"(?:줘|줘요|주라|주세요|줄래|줄래요|주시겠어요|주십시오)"

_ASKING = r"(?:부탁|부탁해|부탁해요|부탁합니다|부탁드려요|부탁드립니다)"

_DOING = rf"(?:해|해요|해라|하자|할게|할게요|합니다|할래|할래요|해\s*{_PLEASE}|{_ASKING})"

_REQUEST = re.compile(
    rf"(?P<name>.*?)(?:\s+좀)?\s*(?:등록(?:\s*{_DOING})?|(?:추가|저장|기록|입력)\s*{_DOING}|넣어\s*{_PLEASE}|{_PLEASE}|{_ASKING})"
)

_ENDINGS_AFTER_CLOSED = ("이에요", "이예요", "이라고요", "이요")

_ENDINGS = ("입니다", "예요", "에요", "라고요", "요")

_ENDS_IN_I = ("볶이", "말이", "절이", "박이", "냉이", "팽이", "송이", "목이")
"""Foods and counters whose own last syllable is 이 after a closed one: 떡볶이, 계란말이, 겉절이, 소박이, 냉이, ..."""

_ENDS_IN_YO = re.compile(r"(?:.*(?:참치|치킨|스팸|명란|햄|김치|불고기)|.* )?마요")
"""Mayonnaise: 참치마요 is a food, while 고구마요 is 고구마 said politely."""

_LONGEST_SPEECH = 10 * LONGEST


def clean_name(text: str) -> str:
    """The bare name. Raises `InvalidValue` when none is left or it is longer than a name can be."""
    name = _tidy(text[:_LONGEST_SPEECH])
    while (shorter := _tidy(_without_ending(_without_request(name)))) != name:
        name = shorter
    if not any(character.isalnum() for character in name):
        raise InvalidValue("no name in what was said")
    if len(name) > LONGEST:
        raise InvalidValue(f"a name has at most {LONGEST} characters, not {len(name)}")
    return name


def typed_name(text: str) -> str:
    """A name as it was typed, letter by letter. Raises `InvalidValue` when there is none or it is too long."""
    name = _tidy(text[:_LONGEST_SPEECH])
    if not name:
        raise InvalidValue("a name cannot be empty")
    if len(name) > LONGEST:
        raise InvalidValue(f"a name has at most {LONGEST} characters, not {len(name)}")
    return name


def kept_name(text: str | None) -> str | None:
    """A name that was kept before this rule was, made to fit it; None when nothing is left of it."""
    return _tidy(_tidy(text or "")[:LONGEST]) or None


def _tidy(text: str) -> str:
    """NFC, single spaces, nothing invisible, no punctuation at the ends."""
    return plain(text).strip(_EDGES)


def _without_request(name: str) -> str:
    """사과를 등록해 주세요 -> 사과"""
    if not (match := _REQUEST.fullmatch(name)):
        return name
    rest = match["name"]
    particle = {"을": True, "를": False}.get(rest[-1:])
    return rest[:-1] if particle is not None and _is_closed(rest[-2:-1]) is particle else rest


def _without_ending(name: str) -> str:
    """사과요 -> 사과, 계란이에요 -> 계란, 오이요 -> 오이"""
    for ending in _ENDINGS_AFTER_CLOSED:
        stem = name.removesuffix(ending)
        if stem != name and _is_closed(stem[-1:]) and not (stem + "이").endswith(_ENDS_IN_I):
            return stem
    if _ENDS_IN_YO.fullmatch(name):
        return name
    for ending in _ENDINGS:
        stem = name.removesuffix(ending)
        if stem != name and _is_closed(stem[-1:]) is not None:
            return stem
    return name


def _is_closed(syllable: str) -> bool | None:
    """Whether a Hangul syllable ends in a consonant; None for anything else."""
    if not "가" <= syllable <= "힣":
        return None
    return (ord(syllable) - ord("가")) % 28 != 0


@cache
def known_foods() -> frozenset[str]:
    """Korean names, blanks left out."""
    return frozenset(korean for korean, _ in _lines())


@cache
def korean_for() -> dict[str, str]:
    """English words, in lower case, with the Korean name of the food."""
    return {word: korean for korean, words in reversed(_lines()) for word in words}


@cache
def _lines() -> tuple[tuple[str, tuple[str, ...]], ...]:
    text = files("befresh_agent.domain").joinpath("foods.txt").read_text(encoding="utf-8")
    entries = (line.partition("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return tuple(
        (korean, tuple(word.strip() for word in words.split(",") if word.strip())) for korean, _, words in entries
    )
