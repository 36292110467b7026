"""What each cue sounds like: a few short notes, rising where something began or worked, falling where it ended.

Made of plain numbers, so that the fridge needs no sound files.
"""

import math
from array import array
from dataclasses import dataclass

from befresh_agent.domain.cue import Cue

RATE = 16_000
"""Samples a second, 16 bits, one channel."""

_LOUDNESS = 0.35
_ATTACK_S = 0.012
_RELEASE_S = 0.04


@dataclass(frozen=True, slots=True)
class Note:
    """A note of so many hertz (0: a rest) and seconds."""

    hertz: float
    seconds: float


_G4, _C5, _D5, _E5, _G5, _A5, _C6, _E6, _G6 = 392.0, 523.3, 587.3, 659.3, 784.0, 880.0, 1046.5, 1318.5, 1568.0
_BREATH = Note(0, 0.04)

NOTES: dict[Cue, tuple[Note, ...]] = {
    Cue.ON: (Note(_C5, 0.10), Note(_E5, 0.10), Note(_G5, 0.18)),
    Cue.OFF: (Note(_G5, 0.10), Note(_E5, 0.10), Note(_C5, 0.20)),
    Cue.SPEAK: (Note(_A5, 0.09), Note(_E6, 0.15)),
    Cue.REGISTERED: (Note(_C6, 0.08), Note(_E6, 0.08), Note(_G6, 0.18)),
    Cue.NOT_A_CONTAINER: (Note(_E5, 0.09), _BREATH, Note(_E5, 0.09)),
    Cue.TOO_DARK: (Note(_G4, 0.12), Note(_G4, 0.22)),
    Cue.BLURRED: (Note(_D5, 0.08), _BREATH, Note(_D5, 0.08), _BREATH, Note(_D5, 0.08)),
    Cue.TOO_CLOSE: (Note(_D5, 0.10), Note(_G5, 0.10), Note(_D5, 0.14)),
    Cue.SILENCE: (Note(_A5, 0.10), Note(_E5, 0.16)),
    Cue.UNINTELLIGIBLE: (Note(_A5, 0.08), _BREATH, Note(_A5, 0.08), Note(_E5, 0.16)),
    Cue.NO_SERVICE: (Note(_E5, 0.12), Note(_C5, 0.12), Note(_E5, 0.16)),
    Cue.UNNAMED: (Note(_C6, 0.09), Note(_G5, 0.09), Note(_A5, 0.18)),
    Cue.UNDONE: (Note(_G6, 0.07), Note(_E6, 0.07), Note(_C6, 0.16)),
    Cue.NOTHING: (Note(_D5, 0.14),),
    Cue.CANCELLED: (Note(_G5, 0.09), _BREATH, Note(_C5, 0.12), Note(_G4, 0.26)),
    Cue.FAILED: (Note(_G4, 0.16), _BREATH, Note(_G4, 0.16), _BREATH, Note(_G4, 0.18)),
}


def seconds(cue: Cue) -> float:
    """How long the cue sounds."""
    return sum(note.seconds for note in NOTES[cue])


def samples(cue: Cue) -> "array[int]":
    """The cue as 16-bit samples."""
    sound = array("h")
    for note in NOTES[cue]:
        sound.extend(_note(note))
    return sound


def _note(note: Note) -> list[int]:
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
