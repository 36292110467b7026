"""Voice stage: how well a wake phrase works, on recordings, before anybody has to rely on it."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.ports.microphone import FRAME_BYTES, RATE
from befresh_agent.sound_file import read_sound
from befresh_agent.voice.wake.detector import WakeDetector

_ROOM = bytes([3, 0, 254, 255]) * (RATE // 2)
"""A second of almost silence after the recording, in which a phrase at its very end can be recognised."""


@dataclass(frozen=True, slots=True)
class Trial:
    """What one recording brought."""

    file: Path
    seconds: float
    heard_at: tuple[float, ...]
    """Seconds from the start of the recording."""
    cpu_share: float
    """Of one core, had it been live."""


def try_recording(make: Callable[[], WakeDetector], file: Path) -> Trial:
    """Play the recording to a fresh detector. Raises `DeviceError`."""
    sound, detector = read_sound(file) + _ROOM, make()
    began = time.process_time()
    ends = range(FRAME_BYTES, len(sound) + 1, FRAME_BYTES)
    heard = tuple(_seconds(end) for end in ends if detector.heard(sound[end - FRAME_BYTES : end]))
    share = (time.process_time() - began) / _seconds(len(sound))
    return Trial(file, _seconds(len(sound) - len(_ROOM)), heard, share)


def _seconds(length: int) -> float:
    return length / 2 / RATE
