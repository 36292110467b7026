"""How words sound (떡국 is said ㄸㅓㄱㄲㅜㄱ), and how far apart two of them sound, from 0 (alike) to 1. Pure rules."""

import operator
from functools import cache, lru_cache, reduce
from itertools import pairwise, product
from math import dist

_FIRST, _LAST = "가", "힣"

_ONSETS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"

_VOWELS = "ㅏㅔㅑㅖㅓㅔㅕㅖㅗㅘㅞㅞㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
"""In the order of Unicode, those that are said alike by one sign."""

_CODAS = ("", *"ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ")

_APART = {
    "ㄳ": "ㄱㅅ", "ㄵ": "ㄴㅈ", "ㄶ": "ㄴㅎ", "ㄺ": "ㄹㄱ", "ㄻ": "ㄹㅁ", "ㄼ": "ㄹㅂ", "ㄽ": "ㄹㅅ", "ㄾ": "ㄹㅌ",
    "ㄿ": "ㄹㅍ", "ㅀ": "ㄹㅎ", "ㅄ": "ㅂㅅ",
}  # fmt: skip

_CLOSED = (
    dict.fromkeys("ㄱㄲㅋㄳㄺ", "ㄱ")
    | dict.fromkeys("ㄴㄵㄶ", "ㄴ")
    | dict.fromkeys("ㄷㅅㅆㅈㅊㅌㅎ", "ㄷ")
    | dict.fromkeys("ㄹㄼㄽㄾㅀ", "ㄹ")
    | dict.fromkeys("ㅁㄻ", "ㅁ")
    | dict.fromkeys("ㅂㅍㄿㅄ", "ㅂ")
    | {"ㅇ": "ㅇ", "": ""}
)
"""What is heard of a consonant that closes a syllable."""

_SIGN = {"ㄱ": "K", "ㄴ": "N", "ㄷ": "T", "ㄹ": "L", "ㅁ": "M", "ㅂ": "P", "ㅇ": "G", "": ""}

_TENSE = dict(zip("ㄱㄷㅂㅅㅈ", "ㄲㄸㅃㅆㅉ", strict=True))

_BREATHED = dict(zip("ㄱㄷㅂㅈ", "ㅋㅌㅍㅊ", strict=True))

_NASAL = {"ㄱ": "ㅇ", "ㄷ": "ㄴ", "ㅂ": "ㅁ"}

_PALATAL = {"ㄷ": "ㅈ", "ㅌ": "ㅊ"}

_LATIN = dict(zip("abcdefghijklmnopqrstuvwxyz", "ㅏㅂㅋㄷㅔㅍㄱㅎㅣㅈㅋㄹㅁㄴㅗㅍㅋㄹㅅㅌㅓㅂㅜㅅㅣㅈ", strict=True))

_LATIN_PAIRS = {"ch": "ㅊ", "sh": "ㅅ", "th": "ㅅ", "ph": "ㅍ", "ck": "ㅋ", "ee": "ㅣ", "ea": "ㅣ", "oo": "ㅜ"}


@lru_cache(maxsize=4096)
def sounds(text: str) -> str:
    """The sounds of a word or of several said in one breath; empty where nothing is said."""
    syllables: list[list[str]] = []
    heard: list[str] = []
    for character in text.lower():
        if _FIRST <= character <= _LAST:
            syllables.append(_apart(character))
        elif character.isalnum():
            heard += [*_spoken(syllables), character]
            syllables = []
    return _latin("".join([*heard, *_spoken(syllables)]))


def _apart(syllable: str) -> list[str]:
    """Onset, vowel and coda."""
    number = ord(syllable) - ord(_FIRST)
    return [_ONSETS[number // 588], _VOWELS[number // 28 % 21], _CODAS[number % 28]]


def _spoken(syllables: list[list[str]]) -> list[str]:
    for syllable, after in pairwise(syllables):
        _join(syllable, after)
    return ["".join((onset if onset != "ㅇ" else "", vowel, _SIGN[_CLOSED[coda]])) for onset, vowel, coda in syllables]


def _join(syllable: list[str], after: list[str]) -> None:
    """What two neighbours make of each other."""
    coda, onset = syllable[2], after[0]
    if onset == "ㅇ" and coda not in ("", "ㅇ"):
        syllable[2], after[0] = _moved(coda, after[1])
    elif onset == "ㅎ" and (breathed := _BREATHED.get(_CLOSED[coda])):
        syllable[2], after[0] = "", breathed
    elif coda in ("ㅎ", "ㄶ", "ㅀ") and (breathed := _BREATHED.get(onset)):
        syllable[2], after[0] = _APART.get(coda, "")[:1], breathed
    else:
        syllable[2], after[0] = _met(_CLOSED[coda], onset)


def _moved(coda: str, vowel: str) -> tuple[str, str]:
    """Before a vowel the consonant moves over: 닭이 is 달기, 같이 is 가치, 좋아 is 조아."""
    two = _APART.get(coda, coda)
    stays, goes = two[:-1], two[-1]
    if goes == "ㅎ":
        return ("", stays) if stays else ("", "ㅇ")
    return stays, _PALATAL.get(goes, goes) if vowel == "ㅣ" else goes


def _met(coda: str, onset: str) -> tuple[str, str]:
    """떡국 is 떡꾹, 국물 is 궁물, 음료 is 음뇨, 설날 is 설랄."""
    if coda in _NASAL:
        if onset in "ㄴㅁㄹ":
            return _NASAL[coda], "ㄴ" if onset == "ㄹ" else onset
        return coda, _TENSE.get(onset, onset)
    if coda in ("ㅁ", "ㅇ") and onset == "ㄹ":
        return coda, "ㄴ"
    if (coda, onset) in (("ㄴ", "ㄹ"), ("ㄹ", "ㄴ")):
        return "ㄹ", "ㄹ"
    return coda, onset


def _latin(heard: str) -> str:
    """Latin letters as the Korean sounds they are nearest to; what is written twice is said once."""
    if heard.isascii() is False and not any(character in _LATIN for character in heard):
        return heard
    for pair, sound in _LATIN_PAIRS.items():
        heard = heard.replace(pair, sound)
    single = (one for one, before in zip(heard, " " + heard, strict=False) if one != before or one not in _LATIN)
    return "".join(_LATIN.get(one, one) for one in single)


_CONSONANTS = (
    (0.25, ("ㄱㄲㅋK", "ㄷㄸㅌT", "ㅂㅃㅍP", "ㅈㅉㅊ", "ㅅㅆ", "ㄴN", "ㅁM", "ㄹL")),
    (0.35, ("KTP", "NMG", "ㄹLㄴN")),
    (0.5, ("ㄴㅁNM", "ㅅㅆㅈㅉㅊ", "ㅁㅂMP", "ㄴㄷNT", "KG", "ㅎㅋㅌㅍ", "LT")),
    (0.6, ("ㄱㄲㅋㄷㄸㅌㅂㅃㅍㅈㅉㅊKTP",)),
)

_MOUTH = {
    "ㅣ": (0, 0, 0), "ㅔ": (1, 0, 0), "ㅏ": (2, 1, 0), "ㅡ": (0, 1.2, 0),
    "ㅓ": (1, 1.4, 0), "ㅜ": (0, 2, 0), "ㅗ": (1, 2, 0),
    "ㅑ": (2, 1, 1), "ㅖ": (1, 0, 0.5), "ㅕ": (1, 1.4, 1), "ㅛ": (1, 2, 1), "ㅠ": (0, 2, 1),
    "ㅘ": (2, 1, -1), "ㅞ": (1, 0, -0.7), "ㅝ": (1, 1.4, -1), "ㅟ": (0, 0, -1), "ㅢ": (0, 0.5, 0),
}  # fmt: skip
"""Of each vowel how open, how far back, and the glide before it: ㅣ is 1, ㅜ is -1."""

_OF_MOUTH = 0.35

_NEVER = 9.0
"""A vowel is no consonant."""

_LOST_VOWEL, _LOST_CODA, _LOST_ONSET = 0.9, 0.5, 0.8

_LOST = {"ㅡ": 0.5, "ㅎ": 0.4}
"""A breath, and the vowel that words from elsewhere are spelled with."""


def distance(heard: str, meant: str, limit: float = 1.0) -> float:
    """Edits between the two, weighed, as a share of the longer one; `limit` or more may be told as 1."""
    most = max(_weight(heard), _weight(meant))
    if not most:
        return 1.0
    if abs(_weight(heard) - _weight(meant)) > limit * most:
        return 1.0
    row = [0.0]
    for sound in meant:
        row.append(row[-1] + lost(sound))
    for sound in heard:
        row = _next_row(row, sound, meant)
        if min(row) > limit * most:
            return 1.0
    return min(row[-1] / most, 1.0)


def _next_row(row: list[float], sound: str, meant: str) -> list[float]:
    cost = lost(sound)
    new = [row[0] + cost]
    for at, other in enumerate(meant):
        new.append(min(row[at] + instead(sound, other), row[at + 1] + cost, new[at] + lost(other)))
    return new


@cache
def lost(sound: str) -> float:
    """What it costs that a sound is not there."""
    if sound in _LOST:
        return _LOST[sound]
    return _LOST_VOWEL if sound in _MOUTH else _LOST_CODA if sound in "KNTLMPG" else _LOST_ONSET


@cache
def instead(sound: str, other: str) -> float:
    """What it costs that one sound is there instead of another."""
    if sound == other:
        return 0.0
    if sound in _MOUTH and other in _MOUTH:
        return min(_OF_MOUTH * dist(_MOUTH[sound], _MOUTH[other]), 1.0)
    if sound in _MOUTH or other in _MOUTH:
        return _NEVER
    return _between_consonants().get((sound, other), 1.0)


@cache
def _between_consonants() -> dict[tuple[str, str], float]:
    """The nearest group that has both."""
    return {
        (one, other): cost
        for cost, groups in reversed(_CONSONANTS)
        for group in groups
        for one, other in product(group, group)
    }


@cache
def _weight(sounds: str) -> float:
    """Added one after the other, as `distance` does: `sum` is more exact than that from Python 3.12 on."""
    return reduce(operator.add, map(lost, sounds), 0.0)
