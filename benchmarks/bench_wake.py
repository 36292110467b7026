"""How well the wake phrase is heard: by voices that training never heard, in kitchens, untaught and taught.

    python benchmarks/bench_wake.py [--voices N] [--human FOLDER]

All voices are synthesised; those that are not installed are left out (README.md of scripts/train_wake_word). MBROLA's
hn1, a man's own sounds (Debian non-free: mbrola, mbrola-hn1), is the judge: nothing is ever trained on it. A voice is
taught with eight sayings of its own and tried with others. `--human` has WAV files of people who say something else:
false alarms.
"""

import argparse
import random
import shutil
import time
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from os import environ
from pathlib import Path
from typing import Any

import numpy as np

from befresh_agent.runtime.media_files import read_sound
from befresh_agent.settings.device_sections import VoiceSettings
from befresh_agent.voice.wake.detectors import KeyphraseDetector
from befresh_agent.voice.wake.heads import PhraseHead, load_head
from befresh_agent.voice.wake.lesson import learn
from befresh_agent.voice.wake.listening import HeadListener
from befresh_agent.voice.wake.sayings import SayingVerdict, sayings_in
from befresh_agent.voice.wake.shipped import FILE, PHRASE
from benchmarks.judge_voice import VOICE, JudgeVoice
from benchmarks.kitchens import KITCHENS, heard_in
from scripts.train_wake_word.speakers import HELD_OUT, Espeak, Festival, Kokoro, Pico, Speaker, trimmed
from tests.spoken import frames
from tests.wake_phrases import NEAREST_MISSES

_SAYINGS, _TRIALS = 8, 6
_BY_POCKETSPHINX = ("quiet", "kitchen", "water 10 dB")
NEAR = "near-misses"


def installed(speaker: Speaker) -> bool:
    match speaker:
        case Espeak():
            return shutil.which("espeak-ng") is not None
        case Festival():
            return shutil.which("festival") is not None
        case Pico():
            return find_spec("py_nanotts") is not None
        case Kokoro():
            return "KOKORO" in environ and find_spec("onnxruntime") is not None
        case JudgeVoice():
            return speaker.is_there
    return False


def chosen(count: int) -> list[Speaker]:
    """One of each kind in turn, the last of each first: espeak-ng has more voices than all others."""
    kinds: dict[type, list[Speaker]] = {}
    for speaker in filter(installed, HELD_OUT):
        kinds.setdefault(type(speaker), []).append(speaker)
    turns = max(map(len, kinds.values()), default=0)
    return [kind[-1 - turn] for turn in range(turns) for kind in kinds.values() if turn < len(kind)][:count]


def words_of(speaker: Speaker, texts: Sequence[str], seed: int) -> list[Any]:
    return [trimmed(np.asarray(sound, np.float64)) for sound in speaker.say(texts, random.Random(seed))]


def taught(sayings: Sequence[Any]) -> PhraseHead:
    kitchens = ("quiet", "quiet", "kitchen", "quiet")
    recordings = [heard_in(kitchens[number % 4], words, number) for number, words in enumerate(sayings)]
    found = [one for sound in recordings for one in sayings_in(np.frombuffer(sound, np.int16))]
    return learn([one.words for one in found if one.verdict is SayingVerdict.GOOD]).head


def wakes(head: PhraseHead, sound: bytes) -> bool:
    listener = HeadListener([head], lambda: None)
    return sum(map(listener.detects, frames(sound))) > 0


class WakeTable:
    """How often which engine was woken, of how many, by kitchen."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[bool]] = {}

    def note(self, engine: str, kitchen: str, woken: Sequence[bool]) -> None:
        self._found.setdefault((engine, kitchen), []).extend(woken)

    def show(self) -> None:
        columns = [*KITCHENS, NEAR]
        print("\n| heard by | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 1))
        for engine in dict.fromkeys(engine for engine, _ in self._found):
            print(f"| {engine} | " + " | ".join(self._cell(engine, column) for column in columns) + " |")

    def _cell(self, engine: str, column: str) -> str:
        found = self._found.get((engine, column), [])
        return f"{np.mean(found):.0%} of {len(found)}" if found else "-"


def measure(speaker: Speaker, table: WakeTable, suffix: str = "") -> PhraseHead:
    """Its phrases in all kitchens, and its near-misses in a quiet one."""
    began = time.monotonic()
    head = taught(words_of(speaker, [PHRASE] * _SAYINGS, 1))
    phrases, others = words_of(speaker, [PHRASE] * _TRIALS, 2), words_of(speaker, NEAREST_MISSES, 3)
    sounds = {k: [heard_in(k, words, n) for n, words in enumerate(phrases)] for k in KITCHENS}
    sounds[NEAR] = [heard_in("quiet", words, number) for number, words in enumerate(others)]
    heads = {f"untaught{suffix}": load_head(FILE), f"taught with eight sayings{suffix}": head}
    for kitchen, heard in sounds.items():
        for engine, judge in heads.items():
            table.note(engine, kitchen, [wakes(judge, sound) for sound in heard])
    _by_pocketsphinx(sounds, table, suffix)
    print(f"{speaker.name:<26}{time.monotonic() - began:4.0f} s", flush=True)
    return head


def _by_pocketsphinx(sounds: Mapping[str, Sequence[bytes]], table: WakeTable, suffix: str) -> None:
    settings = VoiceSettings()
    detector = KeyphraseDetector(settings.phones, settings.wake_threshold)
    for kitchen in (*_BY_POCKETSPHINX, NEAR):
        woken = [sum(map(detector.detects, frames(sound))) > 0 for sound in sounds[kitchen]]
        table.note(f"pocketsphinx{suffix}", kitchen, woken)


def people(folder: Path, heads: Sequence[PhraseHead]) -> None:
    """False alarms among people who speak of something else; a taught fridge listens for all who taught it."""
    sounds = [read_sound(file) for file in sorted(folder.rglob("*.wav"))]
    hours = sum(map(len, sounds)) / 32000 / 3600
    listening = {"untaught": load_head(FILE)} | {f"taught {number}": head for number, head in enumerate(heads, 1)}
    for name, head in listening.items():
        listener = HeadListener([head], lambda: None)
        alarms = sum(listener.detects(frame) for sound in sounds for frame in frames(sound))
        print(f"{name}: {alarms} false alarms in {hours:.2f} h of people")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--voices", type=int, default=5)
    parser.add_argument("--human", type=Path)
    parser.add_argument("--mbrola", default="mbrola", help="the program, where it is not on the path")
    parser.add_argument("--hn1", type=Path, default=VOICE, help="the judge's file of sounds")
    options = parser.parse_args()
    table = WakeTable()
    heads = [measure(speaker, table) for speaker in chosen(options.voices)]
    judge = JudgeVoice(options.mbrola, options.hn1)
    if judge.is_there:
        heads.append(measure(judge, table, ", the judge"))
    else:
        print("the judge is not installed (Debian non-free: mbrola, mbrola-hn1)")
    table.show()
    if options.human:
        people(options.human, heads)


if __name__ == "__main__":
    main()
