"""Voice stage: what turns a spoken phrase into text, and several of them in order."""

from collections.abc import Sequence
from typing import Protocol

from befresh_agent.ports.voice import NotHeard, Unheard


class SpeechToText(Protocol):
    """Sound is as in `ports/microphone.py`."""

    name: str

    async def text(self, sound: bytes) -> str:
        """What was said. Takes at most its own timeout.

        Raises `NotHeard`: UNINTELLIGIBLE when there is nothing to understand, SERVICE when it could not be asked.
        """


class InOrder:
    """Asks the next one when one cannot be asked; what one does not understand, the next would not either."""

    def __init__(self, engines: Sequence[SpeechToText]) -> None:
        self._engines = engines
        self.name = ", ".join(engine.name for engine in engines)

    async def text(self, sound: bytes) -> str:
        troubles = []
        for engine in self._engines:
            try:
                return await engine.text(sound)
            except NotHeard as error:
                if error.why is not Unheard.SERVICE:
                    raise
                troubles.append(f"{engine.name}: {error.detail}")
        raise NotHeard(Unheard.SERVICE, "; ".join(troubles))
