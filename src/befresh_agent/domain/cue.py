"""The sounds a person hears, each means one thing: a few short notes, rising where something began, falling where it
ended.

Made of plain numbers, so that the fridge needs no sound files.
"""

import math
from array import array
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from befresh_agent.domain.phrase import Phrase


class Cue(StrEnum):
    """A sound, and in `meaning` what it tells a person: the key of its words in every language."""

    meaning: str

    def __new__(cls, name: str, meaning: str) -> "Cue":
        cue = str.__new__(cls, name)
        cue._value_ = name
        cue.meaning = meaning
        return cue

    ON = "on", "The session is open: show something."
    OFF = "off", "The session is closed."
    SPEAK = "speak", "Say the food's name now."
    IS_NAME_RIGHT = "is-name-right", "Is it what it was last time? Press or wait for yes, say its name for no."
    IS_DATE_RIGHT = "is-date-right", "Was the date read right? Press for yes, twice for no."
    REGISTERED = "registered", "It is registered."
    NOT_A_CONTAINER = "not-a-container", "This QR code does not belong to a container."
    TOO_DARK = "too-dark", "The camera sees nothing: make light."
    BLURRED = "blurred", "What is shown is out of focus or moves: hold it still, at another distance."
    TOO_CLOSE = "too-close", "What is shown does not fit into the view: hold it further away."
    OTHER_SPELLING = "other-spelling", "This date is printed in a way that is switched off: the page can switch it on."
    SILENCE = "silence", "Nobody spoke: say it again."
    UNINTELLIGIBLE = "unintelligible", "Somebody spoke, but it was not understood: say it again."
    NO_SERVICE = "no-service", "Speech cannot be understood at the moment: say it again, or name it later."
    UNNAMED = "unnamed", "The food is kept without a name."
    UNDONE = "undone", "The last food was taken back."
    NOTHING = "nothing", "There is nothing to take back."
    CANCELLED = "cancelled", "The whole session was taken back."
    TAKE_OUT = "take-out", "Something is taken out: show it, or say its name."
    TAKEN_OUT = "taken-out", "It is off the list."
    PUT_BACK = "put-back", "It is on the list again."
    WHICH_ONE = "which-one", "More than one could be meant: show its date, say its name, or press for the first due."
    NONE_TAKEN = "none-taken", "Nothing was taken off the list: it is not there, or it is not clear which it is."
    FAILED = "failed", "It could not be saved: nothing was registered."


@dataclass(frozen=True, slots=True)
class CueSubject:
    """What a cue is about; it is told where cues are spoken."""

    name: str | None = None
    day: date | None = None


_OF_A_FOOD = {
    Cue.REGISTERED: "{food} is registered.",
    Cue.UNDONE: "{food} was taken back.",
    Cue.TAKEN_OUT: "{food} is off the list.",
    Cue.PUT_BACK: "{food} is on the list again.",
}


def cue_sentence(cue: Cue, about: CueSubject | None = None) -> Phrase:
    """What the cue tells a person, with the name of the food where it has one."""
    template = _OF_A_FOOD.get(cue)
    return Phrase(template, food=about.name) if template and about and about.name else Phrase(cue.meaning)


RATE = 16_000
"""Samples a second, 16 bits, one channel."""

_LOUDNESS = 0.35

_ATTACK_S = 0.012

_RELEASE_S = 0.04


@dataclass(frozen=True, slots=True)
class ToneNote:
    """A note of so many hertz (0: a rest) and seconds."""

    hertz: float
    seconds: float


_G4, _C5, _D5, _E5, _G5, _A5, _C6, _E6, _G6 = 392.0, 523.3, 587.3, 659.3, 784.0, 880.0, 1046.5, 1318.5, 1568.0

_BREATH = ToneNote(0, 0.04)

NOTES: dict[Cue, tuple[ToneNote, ...]] = {
    Cue.ON: (ToneNote(_C5, 0.10), ToneNote(_E5, 0.10), ToneNote(_G5, 0.18)),
    Cue.OFF: (ToneNote(_G5, 0.10), ToneNote(_E5, 0.10), ToneNote(_C5, 0.20)),
    Cue.SPEAK: (ToneNote(_A5, 0.09), ToneNote(_E6, 0.15)),
    Cue.IS_NAME_RIGHT: (ToneNote(_E5, 0.12), _BREATH, ToneNote(_A5, 0.18)),
    Cue.IS_DATE_RIGHT: (ToneNote(_E5, 0.14), _BREATH, ToneNote(_C6, 0.26)),
    Cue.REGISTERED: (ToneNote(_C6, 0.08), ToneNote(_E6, 0.08), ToneNote(_G6, 0.18)),
    Cue.NOT_A_CONTAINER: (ToneNote(_E5, 0.09), _BREATH, ToneNote(_E5, 0.09)),
    Cue.TOO_DARK: (ToneNote(_G4, 0.12), ToneNote(_G4, 0.22)),
    Cue.BLURRED: (ToneNote(_D5, 0.08), _BREATH, ToneNote(_D5, 0.08), _BREATH, ToneNote(_D5, 0.08)),
    Cue.TOO_CLOSE: (ToneNote(_D5, 0.10), ToneNote(_G5, 0.10), ToneNote(_D5, 0.14)),
    Cue.OTHER_SPELLING: (ToneNote(_E5, 0.08), ToneNote(_D5, 0.08), ToneNote(_E5, 0.08), ToneNote(_D5, 0.14)),
    Cue.SILENCE: (ToneNote(_A5, 0.10), ToneNote(_E5, 0.16)),
    Cue.UNINTELLIGIBLE: (ToneNote(_A5, 0.08), _BREATH, ToneNote(_A5, 0.08), ToneNote(_E5, 0.16)),
    Cue.NO_SERVICE: (ToneNote(_E5, 0.12), ToneNote(_C5, 0.12), ToneNote(_E5, 0.16)),
    Cue.UNNAMED: (ToneNote(_C6, 0.09), ToneNote(_G5, 0.09), ToneNote(_A5, 0.18)),
    Cue.UNDONE: (ToneNote(_G6, 0.07), ToneNote(_E6, 0.07), ToneNote(_C6, 0.16)),
    Cue.NOTHING: (ToneNote(_D5, 0.14),),
    Cue.CANCELLED: (ToneNote(_G5, 0.09), _BREATH, ToneNote(_C5, 0.12), ToneNote(_G4, 0.26)),
    Cue.TAKE_OUT: (ToneNote(_G5, 0.10), ToneNote(_C6, 0.10), ToneNote(_G5, 0.18)),
    Cue.TAKEN_OUT: (ToneNote(_G6, 0.08), ToneNote(_C6, 0.08), ToneNote(_E5, 0.20)),
    Cue.PUT_BACK: (ToneNote(_E5, 0.08), ToneNote(_C6, 0.08), ToneNote(_G6, 0.20)),
    Cue.WHICH_ONE: (ToneNote(_A5, 0.10), _BREATH, ToneNote(_C6, 0.10), _BREATH, ToneNote(_A5, 0.10)),
    Cue.NONE_TAKEN: (ToneNote(_C5, 0.12), ToneNote(_G4, 0.20)),
    Cue.FAILED: (ToneNote(_G4, 0.16), _BREATH, ToneNote(_G4, 0.16), _BREATH, ToneNote(_G4, 0.18)),
}


def cue_seconds(cue: Cue) -> float:
    """How long the cue sounds."""
    return sum(note.seconds for note in NOTES[cue])


def cue_samples(cue: Cue) -> "array[int]":
    """The cue as 16-bit samples."""
    sound = array("h")
    for note in NOTES[cue]:
        sound.extend(_note(note))
    return sound


def _note(note: ToneNote) -> list[int]:
    count = round(note.seconds * RATE)
    if not note.hertz:
        return [0] * count
    turn = 2 * math.pi * note.hertz / RATE
    return [round(32767 * _LOUDNESS * _swell(n, count) * _timbre(n * turn)) for n in range(count)]


def _timbre(phase: float) -> float:
    """A soft bell: the note and a little of its octave."""
    return 0.85 * math.sin(phase) + 0.15 * math.sin(2 * phase)


def _swell(n: int, count: int) -> float:
    """Loudness over the note: a soft start, a slow decay, a soft end, so that nothing clicks."""
    rise = min(1.0, n / (_ATTACK_S * RATE))
    fall = min(1.0, (count - n) / (_RELEASE_S * RATE))
    return rise * fall * math.exp(-1.5 * n / count)
