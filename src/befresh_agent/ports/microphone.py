"""The microphone, inside the voice process."""

from typing import Protocol

from befresh_agent.errors import BefreshError

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
