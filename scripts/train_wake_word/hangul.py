"""Korean as it sounds: Hangul to sounds by the main rules, and sounds to the letters of other languages.

So every synthesiser can say it, with the accent of its own language; of several ways chance takes one.
"""

import random
from collections.abc import Mapping, Sequence
from typing import NamedTuple

_ONSETS = ("g", "kk", "n", "d", "tt", "r", "m", "b", "pp", "s", "ss", "", "j", "jj", "ch", "k", "t", "p", "h")
_VOWELS = (
    "a", "ae", "ya", "yae", "eo", "e", "yeo", "ye", "o", "wa", "wae", "oe", "yo", "u", "wo", "we", "wi", "yu", "eu",
    "ui", "i",
)  # fmt: skip
_CODAS = (
    "", "k", "k", "k", "n", "n", "n", "t", "l", "k", "m", "l", "l", "l", "p", "l", "m", "p", "p", "t", "t", "ng", "t",
    "t", "k", "t", "p", "t",
)  # fmt: skip
_LIAISON = {1: "g", 2: "kk", 4: "n", 7: "d", 8: "r", 16: "m", 17: "b", 19: "s", 20: "ss", 22: "j", 23: "ch", 24: "k",
            25: "t", 26: "p"}  # fmt: skip
_NASAL = {"k": "ng", "t": "n", "p": "m"}
_TENSE = {"g": "kk", "d": "tt", "b": "pp", "s": "ss", "j": "jj"}


class Syllable(NamedTuple):
    onset: str
    vowel: str
    coda: str


def syllables(text: str) -> list[list[Syllable]]:
    """Word by word, as they are pronounced; what is no Hangul is left out."""
    return [_word(word) for word in text.split() if any("가" <= letter <= "힣" for letter in word)]


def spelled(text: str, language: Mapping[str, tuple[str, ...]], dice: random.Random) -> str:
    """In the letters of a language."""
    return " ".join("".join(letters_of(word, language, dice)) for word in syllables(text))


def letters_of(word: Sequence[Syllable], language: Mapping[str, tuple[str, ...]], dice: random.Random) -> list[str]:
    """Sound by sound. `o` before a key of the table is an onset's, `c` a coda's, vowels have none."""
    sounds = [
        sound for one in word for sound in (one.onset and f"o{one.onset}", one.vowel, one.coda and f"c{one.coda}")
    ]
    return [dice.choice(language.get(sound, ("",))) for sound in sounds if sound]


def _word(word: str) -> list[Syllable]:
    codes = [ord(letter) - 0xAC00 for letter in word if "가" <= letter <= "힣"]
    onsets = [_ONSETS[code // 588] for code in codes]
    out: list[Syllable] = []
    for place, code in enumerate(codes):
        coda = code % 28
        sound = _CODAS[coda]
        if place + 1 < len(codes):
            sound, onsets[place + 1] = _meet(coda, sound, onsets[place + 1])
        out.append(Syllable(onsets[place], _VOWELS[code // 28 % 21], sound))
    return out


def _meet(coda: int, sound: str, onset: str) -> tuple[str, str]:
    """What becomes of a last consonant and the first one of the next syllable."""
    if onset == "" and coda in _LIAISON:
        return "", _LIAISON[coda]
    if sound in _NASAL and onset in ("n", "m", "r"):
        return _NASAL[sound], "n" if onset == "r" else onset
    if sound in ("m", "ng") and onset == "r":
        return sound, "n"
    if {sound, onset} == {"n", "r"} or (sound, onset) == ("l", "n"):
        return "l", "r"
    return sound, _TENSE.get(onset, onset) if sound in _NASAL else onset
