"""What looks at a frame and says what is in it, and who may watch along."""

from typing import Protocol

from befresh_agent.domain.detection import FrameFindings, FramePreview
from befresh_agent.ports.devices import Frame


class Recogniser(Protocol):
    """The vision stage as registration sees it.

    An async context manager: entering starts its worker processes, leaving releases them.
    """

    @property
    def places(self) -> int:
        """How many frames it looks at side by side."""

    async def look(self, frame: Frame) -> FrameFindings:
        """Everything found in the frame; waits while every place is taken.

        Raises `DeviceError` when the worker died or hung; a new worker is then already on its way
        and the next frame may be shown to it.
        """


class FrameObserver(Protocol):
    def wanted_picture(self) -> int:
        """The long side, in pixels, of the picture to bring of the next frame; 0 when none is wanted."""

    def frame_seen(self, glimpse: FramePreview) -> None:
        """A frame was read; called for every one, with or without a picture."""
