"""Where readings are kept until they travel, and how the visits went that brought them."""

from collections.abc import Sequence
from typing import Protocol

from befresh_agent.domain.reading import Reading
from befresh_agent.domain.visit_history import VisitRecord


class ReadingLog(Protocol):
    async def keep(self, reading: Reading, visited: Sequence[VisitRecord] = ()) -> None:
        """Keep a reading, and how visits went. Durable when the call returns; `StoreError` when nothing was kept."""

    async def keep_visits(self, visited: Sequence[VisitRecord]) -> None:
        """Keep how visits went that brought no reading. Raises `StoreError`."""
