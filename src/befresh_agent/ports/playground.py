"""The world of a dry run, played by hand."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from befresh_agent.domain.container import Address
from befresh_agent.domain.trigger import Press

Breakable = Literal["camera", "distance", "radio", "speaker", "broker"]


@dataclass(frozen=True, slots=True)
class PlaySample:
    """Something that can be held before the camera."""

    key: str
    kind: Literal["container", "package", "product", "other"]
    name: str
    """What a person would call it."""
    use_by: date | None = None
    address: Address | None = None


@dataclass(frozen=True, slots=True)
class PlayContainer:
    """A container in the kitchen."""

    address: Address
    food: str
    away: bool


@dataclass(frozen=True, slots=True)
class PlayState:
    """How the world is at the moment."""

    near: bool
    """Somebody stands before the fridge."""
    held: str
    """What is held before the camera; empty for nothing."""
    broken: frozenset[str]
    containers: Sequence[PlayContainer]
    speed: float
    """How many seconds of this world pass in a real one."""
    wake_phrase: str
    breakable: Sequence[Breakable]


class FridgePlayground(Protocol):
    """Raises `InvalidValue` for what cannot be."""

    def state(self) -> PlayState:
        """How the world is."""

    def samples(self) -> Sequence[PlaySample]:
        """What lies ready to be shown."""

    async def press(self, press: Press) -> None:
        """Push the button; whoever does stands before the fridge, and time runs at its usual speed."""

    async def show(self, key: str) -> None:
        """Hold a sample before the camera."""

    async def show_label(self, day: date) -> None:
        """Hold a package with this date before the camera."""

    async def show_picture(self, picture: bytes, name: str) -> None:
        """Hold a picture of any common format before the camera; it is decoded in a process of its own."""

    def put_down(self) -> None:
        """Hold nothing before the camera."""

    def say(self, words: str) -> None:
        """Say something."""

    def stand(self, near: bool) -> None:
        """Come to the fridge, or go away."""

    def carry(self, address: Address, away: bool) -> None:
        """Take a container out of the radio's reach, or bring it back."""

    def set_broken(self, what: Breakable, broken: bool) -> None:
        """Break something, or mend it."""

    def set_speed(self, speed: float) -> None:
        """Let time run faster."""
