"""Voice stage: what hears, inside the voice process."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from befresh_agent.ports.voice import Voice


class Ear(Voice, Protocol):
    """The voice port where the microphone is."""

    async def run(self) -> None:
        """Hear, for ever."""

    def mute(self, on: bool) -> None:
        """The loudspeaker sounds: do not listen to it."""


@dataclass(frozen=True, slots=True)
class News:
    """Whom an ear tells what it was not asked for."""

    woke: Callable[[], None]
    """The wake phrase was heard."""
    microphone: Callable[[str | None], None]
    """None: sound comes in. Else: why it does not; it is tried again."""
    wake: Callable[[str | None], None]
    """None: somebody listens for the wake phrase. Else: why nobody does; it is tried again."""
