"""What registration writes down: each item before its sound, the whole session as one message."""

from typing import Protocol

from befresh_agent.domain.food import FoodItem


class Ledger(Protocol):
    """Durable when the call returns. Every call raises `StoreError` when it could not be kept."""

    async def add(self, session: str, item: FoodItem) -> None:
        """Keep an item of a session; a container's address joins the roster in the same transaction."""

    async def remove(self, item_id: str) -> None:
        """Take an item back, as if it had never been registered."""

    async def settle(self, session: str) -> int:
        """Turn the session's named items into one message; how many it carries (0: no message).

        Unnamed items stay behind, deliverable as soon as they get a name.
        """

    async def settle_left_behind(self, live: str | None) -> None:
        """Settle every session that a crash, a power cut or a full disk left open, all but the live one."""

    async def discard(self, session: str) -> int:
        """Take all items of the session back; how many there were."""
