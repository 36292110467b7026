"""A microphone that hears a WAV file, at the pace of speech; after its end there is silence.

It lets the real engines run on a machine without sound.
"""

import array
from pathlib import Path
from types import TracebackType
from typing import Self

from befresh_agent.ports.clock import Clock
from befresh_agent.ports.microphone import FRAME_BYTES, FRAME_SAMPLES, RATE
from befresh_agent.sound_file import read_sound

_HUM = array.array("h", [3, -2, 1, -3, 2, -1, 0, 1] * (FRAME_SAMPLES // 8)).tobytes()
"""No room is as silent as zeros, and detectors do not like them."""


class WavMicrophone:
    """Plays the file from its start whenever it is opened. Any rate, width and number of channels."""

    def __init__(self, file: Path, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._sound = b""
        self._due = 0.0

    async def __aenter__(self) -> Self:
        self._sound = read_sound(self._file)
        self._due = self._clock.monotonic()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._sound = b""

    async def frame(self) -> bytes:
        self._due += FRAME_SAMPLES / RATE
        await self._clock.sleep(self._due - self._clock.monotonic())
        frame, self._sound = self._sound[:FRAME_BYTES], self._sound[FRAME_BYTES:]
        return frame + _HUM[len(frame) :]
