"""The devices at the fridge: button, distance sensor, camera, loudspeaker, and the microphone of the voice process."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.errors import BefreshError


@dataclass(frozen=True, slots=True)
class ButtonEdge:
    """The button went down or up at a monotonic time."""

    down: bool
    at: float


class Button(Protocol):
    """An async context manager in its adapters; entering raises `DeviceError` where there is no button."""

    def edges(self) -> AsyncIterator[ButtonEdge]:
        """Every debounced edge, for ever."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One gray picture: `height` rows of `width` bytes, 0 black to 255 white."""

    width: int
    height: int
    gray: bytes


class Camera(Protocol):
    """An async context manager in its adapters: entering starts the stream, leaving stops it (power, light, heat).

    Entering raises `DeviceError` where the camera is missing or busy.
    """

    async def frame(self) -> Frame:
        """The newest frame, waiting for one not handed out before. Raises `DeviceError` when frames stop."""


class DistanceSensor(Protocol):
    """HC-SR04. An async context manager in its adapters; live only while a session is open."""

    async def measure(self) -> float:
        """Metres to the nearest thing, 0.02 to 4.0; infinity when nothing echoes in reach.

        Raises `DeviceError` when the sensor does not behave like one (no pulse, stuck line).
        Takes at most 0.3 s and never holds the loop.
        """


class Speaker(Protocol):
    """Plays cues, and speaks."""

    async def play(self, cue: Cue, about: CueSubject | None = None) -> None:
        """Play the cue to its end; where it is spoken, what it is about is named too.

        Raises `DeviceError` when nothing can be played.
        """

    async def say(self, sentence: str) -> None:
        """Speak it to its end. Raises `DeviceError` when nothing can be played, or only tones."""


RATE = 16_000
"""Samples a second, one channel, 16 bits each, in the machine's byte order."""

FRAME_SAMPLES = 512

FRAME_BYTES = 2 * FRAME_SAMPLES

STALL_S = 3.0
"""A microphone that brings nothing for so long is lost."""


class MicrophoneStuck(BefreshError):
    """The stream cannot be closed any more; only the end of the process gives the device back."""


class Microphone(Protocol):
    """An async context manager in its adapters: entering opens the stream, leaving closes it.

    Entering raises `DeviceError` where there is no microphone or it is busy, leaving `MicrophoneStuck`.
    """

    async def frame(self) -> bytes:
        """The next 32 ms of sound, `FRAME_BYTES` long. Raises `DeviceError` when no more comes."""


class Lamp(Protocol):
    """An async context manager in its adapters; entering raises `DeviceError` where its pin cannot be had."""

    def switch(self, on: bool) -> None:
        """At once. Raises `DeviceError` when its pin is gone."""
