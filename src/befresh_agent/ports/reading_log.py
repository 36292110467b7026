"""Where readings are kept until they travel."""

from typing import Protocol

from befresh_agent.domain.reading import Reading


class ReadingLog(Protocol):
    async def keep(self, reading: Reading) -> None:
        """Durable when the call returns. Raises `StoreError` when it could not be kept."""
