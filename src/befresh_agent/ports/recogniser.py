"""Something that looks at a frame and says what is in it."""

from typing import Protocol

from befresh_agent.domain.detection import Findings
from befresh_agent.ports.camera import Frame


class Recogniser(Protocol):
    """The vision stage as registration sees it.

    An async context manager: entering starts its worker process, leaving releases it.
    """

    async def look(self, frame: Frame) -> Findings:
        """Everything found in the frame.

        Raises `DeviceError` when the worker died or hung; a new worker is then already on its way
        and the next frame may be shown to it.
        """
