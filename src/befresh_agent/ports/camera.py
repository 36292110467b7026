"""The camera."""

from dataclasses import dataclass
from typing import Protocol


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
