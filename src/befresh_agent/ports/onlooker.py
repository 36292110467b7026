"""Somebody who looks over the camera's shoulder."""

from typing import Protocol

from befresh_agent.domain.glimpse import Glimpse


class Onlooker(Protocol):
    def wanted_picture(self) -> int:
        """The long side, in pixels, of the picture to bring of the next frame; 0 when none is wanted."""

    def seen(self, glimpse: Glimpse) -> None:
        """A frame was read; called for every one, with or without a picture."""
