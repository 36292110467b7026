"""Where readings are kept until they travel, and how the visits went that brought them."""

from collections.abc import Sequence
from typing import Protocol

from befresh_agent.domain.reading import Heard, Reading
from befresh_agent.domain.visit_history import VisitRecord


class ReadingLog(Protocol):
    async def keep(self, reading: Reading, visited: Sequence[VisitRecord] = (), *, heard: Heard | None = None) -> None:
        """Keep a reading, and how visits went; `heard` when it was broadcast, which the roster remembers.

        Durable when the call returns. Raises `StoreError` when nothing was kept.
        """

    async def keep_visits(self, visited: Sequence[VisitRecord]) -> None:
        """Keep how visits went that brought no reading. Raises `StoreError`."""
