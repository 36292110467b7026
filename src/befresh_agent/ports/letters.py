"""The outbox as people look at it."""

from collections.abc import Sequence
from typing import Protocol

from befresh_agent.domain.letters import Letter, Standing


class Letters(Protocol):
    """Raises `StoreError`."""

    async def standing(self) -> Standing:
        """How many wait, for how long, and how many are dead."""

    async def newest(self, state: str | None, *, before: int | None, limit: int) -> Sequence[Letter]:
        """Messages of a state (of all where none is given) with numbers below `before`, the newest first."""

    async def following(self, after: int, limit: int) -> Sequence[Letter]:
        """Messages with higher numbers, the oldest first."""

    async def retry(self, seq: int | None) -> Sequence[int]:
        """Let dead messages, all or this one, wait for delivery again; which ones there were."""
