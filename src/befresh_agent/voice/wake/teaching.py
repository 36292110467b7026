"""Voice stage: from recordings to a phrase that the fridge listens for. In: sounds. Out: files in a person's folder.

Nothing is sent anywhere. The recordings are kept beside what was learned, for another lesson by better rules, unless
the household does not want that.
"""

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from befresh_agent.ports.devices import RATE
from befresh_agent.voice.wake import rooms
from befresh_agent.voice.wake.heads import save_head
from befresh_agent.voice.wake.lesson import LessonResult, learn
from befresh_agent.voice.wake.people import TaughtPeople, head_of, recordings_of, write_private
from befresh_agent.voice.wake.sayings import PhraseSaying, SayingVerdict, compared, sayings_in


@dataclass(frozen=True, slots=True)
class NamedSaying:
    """One saying as it is told to whoever said it."""

    source: str
    saying: PhraseSaying


def sayings_of(sounds: Sequence[tuple[str, bytes]]) -> list[NamedSaying]:
    """All sayings of all recordings (name and samples). One in which nobody speaks counts as too quiet."""
    told = []
    for source, sound in sounds:
        samples = np.frombuffer(sound, np.int16)
        found = sayings_in(samples) or [PhraseSaying(samples.astype(np.float64), SayingVerdict.TOO_QUIET)]
        told += [NamedSaying(source, one) for one in found]
    judged = compared([one.saying for one in told])
    return [NamedSaying(one.source, saying) for one, saying in zip(told, judged, strict=True)]


def teach(
    people: TaughtPeople, name: str, told: Sequence[NamedSaying], now: datetime, *, keep_recordings: bool
) -> LessonResult:
    """Learn from what is good. Raises `InvalidValue` where too little is, `DeviceError` where the disk refuses."""
    place = people.place(name)
    good = [one.saying.words for one in told if one.saying.verdict is SayingVerdict.GOOD]
    lesson = learn(good)
    new = people.begin(place.name)
    save_head(head_of(new), lesson.head)
    for number, words in enumerate(good, 1):
        write_private(recordings_of(new) / f"{number:02}.wav", wav(words))
    people.finish(place.name, new, summary(lesson, len(good), now), keep_recordings=keep_recordings)
    return lesson


def summary(lesson: LessonResult, sayings: int, now: datetime) -> dict[str, Any]:
    """As it is kept, and printed for programs."""
    return {
        "taught_at": now.isoformat(timespec="seconds"),
        "sayings": sayings,
        "heard": lesson.heard,
        "tried": lesson.tried,
        "mistakes": lesson.mistakes,
        "other_minutes": round(lesson.minutes, 1),
        "nearest": [{"sound": one.sound, "sureness": one.sureness} for one in lesson.nearest],
    }


def wav(words: Any) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(rooms.samples(words).tobytes())
    return buffer.getvalue()
