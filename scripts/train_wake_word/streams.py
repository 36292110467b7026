"""Many sounds as embeddings, each with where the phrase ends in it. In: speakers and rooms. Out: a file of streams."""

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from befresh_agent.ports.devices import RATE
from befresh_agent.voice.wake import rooms
from befresh_agent.voice.wake.embedding import embeddings
from befresh_agent.voice.wake.rooms import Sound
from scripts.train_wake_word import mouths, phrases
from scripts.train_wake_word.speakers import Espeak, Kokoro, Speaker, trimmed

_TEXTS: dict[str, Callable[[random.Random], str]] = {
    "phrase": lambda _: phrases.PHRASE,
    "near": phrases.near_miss,
    "other": phrases.other,
}
BEFORE_S = 1.9
"""The window that is judged fits in before the words."""


@dataclass(frozen=True)
class Stream:
    kind: str
    """`phrase`, `near`, `other`, `human` or `noise`."""
    speaker: str
    text: str
    values: Any
    """n x 96"""
    end: int
    """In samples: where the phrase ends; -1 where it is not said."""


@dataclass(frozen=True)
class SpeechTask:
    """What each speaker says: so many texts of a kind, each of which is heard in so many rooms."""

    kind: str
    share: Callable[[Speaker], int]
    turns: int
    seed: int

    def said_by(self, speaker: Speaker) -> list[Stream]:
        dice = random.Random(f"{self.seed} {self.kind} {speaker.name}")
        texts = [_TEXTS[self.kind](dice) for _ in range(self.share(speaker))]
        streams = []
        for text, sound in zip(texts, speaker.say(texts, dice), strict=True):
            words = trimmed(np.asarray(sound, np.float64))
            if len(words) >= RATE // 5:
                streams += [
                    heard(self.kind, speaker.name, text, words, np.random.default_rng(dice.randrange(2**32)))
                    for _ in range(self.turns)
                ]
        return streams


def spoken(speakers: Sequence[Speaker], task: SpeechTask, jobs: int) -> list[Stream]:
    """By so many processes; the same, however many they are."""
    with ProcessPoolExecutor(jobs) as pool:
        return [one for streams in pool.map(task.said_by, speakers) for one in streams]


def heard(kind: str, speaker: str, text: str, words: Sound, dice: rooms.Dice) -> Stream:
    """Somewhere, by another mouth. What comes before and behind the phrase is silence, or other speech."""
    if dice.random() < 0.6:
        words = mouths.throat(words, dice.uniform(0.82, 1.2))
    if dice.random() < 0.7:
        words = rooms.other_mouth(words, dice, 0.84, 1.22)
    if dice.random() < 0.4:
        words = mouths.swaying(words, dice)
    if dice.random() < 0.6:
        words = mouths.microphone(words, dice)
    loud = words / rooms.loudness(words)
    length = len(loud)
    if kind == "phrase" and dice.random() < 0.15:
        loud = np.concatenate([loud, rooms.chatter(RATE // 2, dice) * 0.3])
    sound = rooms.elsewhere(loud, dice, before_s=BEFORE_S, after_s=0.7)
    end = int(BEFORE_S * RATE) + length if kind == "phrase" else -1
    return Stream(kind, speaker, text, embeddings(sound.astype(np.int16)), end)


def noises(count: int, seed: int) -> Iterator[Stream]:
    dice = np.random.default_rng(seed)
    for number in range(count):
        name = list(rooms.NOISES)[number % len(rooms.NOISES)]
        made = rooms.NOISES[name](12 * RATE, dice)
        sound = made / np.std(made) * 10 ** dice.uniform(1.5, 3.7) + dice.normal(0, 8, len(made))
        yield Stream("noise", name, name, embeddings(np.clip(sound, -32767, 32767).astype(np.int16)), -1)


@dataclass(frozen=True)
class SpeakerShare:
    """So many texts for each voice of a kind: those of espeak-ng and of Kokoro are many, and like each other."""

    espeak: int
    other: int
    kokoro: int

    def __call__(self, speaker: Speaker) -> int:
        return {Espeak: self.espeak, Kokoro: self.kokoro}.get(type(speaker), self.other)


def save(file: Path, streams: Sequence[Stream]) -> None:
    """As half-precision numbers, one behind the other."""
    file.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        file,
        values=np.concatenate([one.values for one in streams]).astype(np.float16),
        lengths=[len(one.values) for one in streams],
        ends=[one.end for one in streams],
        kinds=[one.kind for one in streams],
        speakers=[one.speaker for one in streams],
        texts=[one.text for one in streams],
    )


def load(file: Path) -> list[Stream]:
    with np.load(file) as kept:
        parts = np.split(kept["values"], np.cumsum(kept["lengths"])[:-1])
        columns = zip(kept["kinds"], kept["speakers"], kept["texts"], parts, kept["ends"], strict=True)
        return [Stream(str(kind), str(who), str(text), values, int(end)) for kind, who, text, values, end in columns]
