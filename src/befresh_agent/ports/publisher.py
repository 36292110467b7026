"""Whoever carries messages out of the house."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from befresh_agent.errors import DeliveryError


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it travels; retries carry the same bytes and the same id."""

    seq: int
    id: str
    topic: str
    key: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


class Publisher(Protocol):
    """An async context manager in its adapters; entering never needs the broker to be there."""

    @property
    def where(self) -> str:
        """Where messages go, in a person's words."""

    async def publish(self, messages: Sequence[Message]) -> list[DeliveryError | None]:
        """Send them in order and wait for every acknowledgement: None where acknowledged, else what went wrong.

        Comes back within the delivery deadline whatever the broker does; never raises a `DeliveryError` itself.
        """

    async def close(self, grace_s: float) -> None:
        """Stop within that many seconds; nothing is delivered afterwards."""
