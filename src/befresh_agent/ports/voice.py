"""The voice process as registration sees it."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from befresh_agent.domain.spoken_answer import NameHypothesis
from befresh_agent.errors import BefreshError


class ListenFailure(StrEnum):
    """Why no name came of a listening attempt."""

    SILENCE = "silence"
    UNINTELLIGIBLE = "unintelligible"
    SERVICE = "service"
    CANCELLED = "cancelled"
    MICROPHONE = "microphone"
    NO_ENGINE = "no engine"
    """Nothing that understands speech can be reached: asking again is in vain for the moment."""


class NotHeard(BefreshError):
    """A listening attempt ended without a name."""

    def __init__(self, why: ListenFailure, detail: str = "") -> None:
        super().__init__(f"{why}: {detail}" if detail else str(why))
        self.why = why
        self.detail = detail


class Voice(Protocol):
    """Wake phrase and spoken names; the microphone lives elsewhere."""

    def open(self) -> None:
        """Let the microphone go live and listen for the wake phrase."""

    async def listen(self, silence_s: float, phrase_s: float, names: Sequence[str] = (), /) -> Sequence[NameHypothesis]:
        """The phrase said now: up to `silence_s` until speech begins, then up to `phrase_s` of it.

        `names` are expected, the likeliest first. Out come the readings of the phrase, the best first and at least one.
        Raises `NotHeard`. Cancelling the call frees the microphone.
        """

    def close(self) -> None:
        """Let the microphone go dead."""
