"""The loudspeaker."""

from typing import Protocol

from befresh_agent.domain.cue import Cue


class Speaker(Protocol):
    """Plays cue tones."""

    async def play(self, cue: Cue) -> None:
        """Play the cue to its end. Raises `DeviceError` when nothing can be played."""
