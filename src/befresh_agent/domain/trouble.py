"""What is wrong with the machine or the installation, and what was warned of, so that a person hears of it."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Trouble:
    """One for each subject at a time."""

    subject: str
    """What it is about: `updates`, `power`, `disk`..."""
    detail: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.detail}; {self.remedy}"


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning; alike ones that follow each other are one."""

    at: str
    """When it came last, by the wall clock: ISO 8601."""
    part: str
    text: str
    times: int = 1


Look = Callable[[], Trouble | None]
"""A look at one subject; it may take a while, and raises nothing."""
