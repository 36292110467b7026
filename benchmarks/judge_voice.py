"""MBROLA's hn1: Korean out of a man's own sounds (Debian non-free: mbrola, mbrola-hn1). It judges; it never teaches.

In: Hangul. Out: sounds. Sounds and lengths are by our own few rules.
"""

import random
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from scripts.train_wake_word.hangul import Syllable, syllables

VOICE = Path("/usr/share/mbrola/hn1/hn1")
_ONSETS = {
    "": "", "g": "k", "kk": "k_>", "n": "n", "d": "t", "tt": "t_>", "r": "4", "m": "m", "b": "p", "pp": "p_>", "s": "s",
    "ss": "s_>", "j": "ts\\", "jj": "ts\\_>", "ch": "ts\\_h", "k": "k_h", "t": "t_h", "p": "p_h", "h": "h",
}  # fmt: skip
_VOICED = {"k": "g", "t": "d", "p": "b", "ts\\": "dz\\"}
_VOWELS = {
    "a": "a", "ae": "E", "ya": "ja", "yae": "jE", "eo": "V", "e": "e", "yeo": "jV", "ye": "je", "o": "o", "wa": "wa",
    "wae": "wE", "oe": "2", "yo": "jo", "u": "u", "wo": "wV", "we": "we", "wi": "wi", "yu": "ju", "eu": "M",
    "ui": "M\\i", "i": "i",
}  # fmt: skip
_CODAS = {"": "", "k": "k_}", "n": "n_}", "t": "t_}", "l": "l_}", "m": "m_}", "p": "p_}", "ng": "N"}
_SUNG = {"n", "m", "N", "n_}", "l_}", "m_}", "4", "l"}


@dataclass(frozen=True)
class JudgeVoice:
    """`mbrola` is the program, `voice` its file of sounds."""

    mbrola: str = "mbrola"
    voice: Path = VOICE
    name = "mbrola hn1 (judge)"

    @property
    def is_there(self) -> bool:
        return shutil.which(self.mbrola) is not None and self.voice.exists()

    def say(self, texts: Sequence[str], dice: random.Random) -> list[Any]:
        return [self._one(text, dice) for text in texts]

    def _one(self, text: str, dice: random.Random) -> Any:
        with tempfile.TemporaryDirectory() as folder:
            score, sound = Path(folder, "a.pho"), Path(folder, "a.raw")
            score.write_text("\n".join(_score(text, dice)) + "\n", encoding="ascii")
            subprocess.run([self.mbrola, "-e", self.voice, score, sound], capture_output=True, check=True)
            return np.fromfile(sound, "<i2").astype(np.float64)


def _score(text: str, dice: random.Random) -> list[str]:
    """A sound a line: name, milliseconds, and where it is sung, its pitch."""
    stretch, pitch, fall = dice.uniform(0.85, 1.2), dice.uniform(98, 132), dice.uniform(0.75, 0.95)
    words, lines = [_sounds(word) for word in syllables(text)], ["_ 60"]
    count = sum(map(len, words))
    for number, word in enumerate(words):
        if number and dice.random() < 0.5:
            lines.append(f"_ {dice.randrange(40, 130)}")
        for place, sound in enumerate(word):
            is_vowel = sound in _VOWELS.values()
            is_last = number == len(words) - 1 and place >= len(word) - 2 and is_vowel
            lasts = (95 if is_vowel else 70 if sound in _CODAS.values() else 58) * (1.35 if is_last else 1)
            hertz = pitch * (1 - (1 - fall) * len(lines) / count) * dice.uniform(0.97, 1.03)
            tune = f" 50 {hertz:.0f}" if is_vowel or sound in _SUNG else ""
            lines.append(f"{sound} {int(lasts * stretch * dice.uniform(0.9, 1.1))}{tune}")
    return [*lines, "_ 80"]


def _sounds(word: Sequence[Syllable]) -> list[str]:
    sounds: list[str] = []
    for onset, vowel, coda in word:
        first, before = _ONSETS[onset], sounds[-1] if sounds else ""
        if before and not before.endswith(("k_}", "t_}", "p_}")):
            first = _VOICED.get(first, first)
        if first == "4" and before == "l_}":
            first = "l"
        if first == "s" and vowel in ("i", "ya", "yeo", "yo", "yu", "wi"):
            first = "s\\"
        sounds += [one for one in (first, _VOWELS[vowel], _CODAS[coda]) if one]
    return sounds
