"""Voice stage: what listens for the wake phrase."""

from typing import Protocol


class WakeDetector(Protocol):
    """Fed every frame while nobody is asked for a name. Making one raises `DeviceError`."""

    def heard(self, frame: bytes) -> bool:
        """Whether the wake phrase ended in this frame (see `ports/microphone.py`).

        Raises `DeviceError` when it gave up; a new one may be made then.
        """
