"""Voice stage: what hears, inside the voice process."""

from typing import Protocol

from befresh_agent.ports.voice import Voice


class Ear(Voice, Protocol):
    """The voice port where the microphone is.

    Wake phrases and the microphone's state go to the callbacks it was made with.
    """

    async def run(self) -> None:
        """Hear, for ever."""
