"""The button at the door."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Edge:
    """The button went down or up at a monotonic time."""

    down: bool
    at: float


class Button(Protocol):
    """An async context manager in its adapters; entering raises `DeviceError` where there is no button."""

    def edges(self) -> AsyncIterator[Edge]:
        """Every debounced edge, for ever."""
