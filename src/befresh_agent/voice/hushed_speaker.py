"""Voice stage: a loudspeaker that the microphone does not listen to."""

from typing import Protocol

from befresh_agent.domain.cue import Cue
from befresh_agent.ports.speaker import Speaker


class Mutable(Protocol):
    def mute(self, on: bool) -> None:
        """Close the ears, and open them again."""


class HushedSpeaker:
    """The speaker port around another: the ears are closed until the player has really ended."""

    def __init__(self, speaker: Speaker, ears: Mutable) -> None:
        self._speaker = speaker
        self._ears = ears

    async def play(self, cue: Cue) -> None:
        self._ears.mute(True)
        try:
            await self._speaker.play(cue)
        finally:
            self._ears.mute(False)
