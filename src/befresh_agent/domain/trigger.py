"""What makes the fridge look, stop looking, or take something back."""

from dataclasses import dataclass, field
from enum import StrEnum

HELP_AFTER_S = 2.0
"""Whoever holds the button so much longer than a hold asks how the fridge is: five seconds with the usual settings."""


class Press(StrEnum):
    """What a person did with the button."""

    SHORT = "short"
    DOUBLE = "double"
    LONG = "long"
    HOLD = "hold"
    HELP = "help"
    """Held still longer than that."""


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether somebody stands before the fridge; sent when it changes.

    Away is only what a working sensor measured: one that cannot tell any more counts as somebody being there.
    """

    near: bool
    since: float | None = field(default=None, compare=False)
    """Since when, in seconds of the clock that never jumps; None: since now."""


@dataclass(frozen=True, slots=True)
class WakeWord:
    """The wake phrase was heard."""


Trigger = Press | Presence | WakeWord
