"""Keeps every container's trend at hand, so that no page has to wait for one to be worked out."""

import asyncio
from collections.abc import Callable, Collection, Mapping

from befresh_agent.domain import events as e
from befresh_agent.domain.container import Address
from befresh_agent.domain.trend import State, Trend
from befresh_agent.errors import StoreError
from befresh_agent.record.records import Records

_PAUSE_S = 1.0
"""Several readings in a row are worked out together."""
_AGAIN_S = 300.0
"""Silence is a trend too: it grows without events."""


class TrendWatch:
    """`listen` must be told every event; `run` goes on for ever."""

    def __init__(self, records: Records, touched: Callable[[frozenset[str]], None]) -> None:
        self._records = records
        self._touched = touched
        self._news = asyncio.Event()
        self.trends: Mapping[Address, Trend] = {}

    @property
    def rising(self) -> Collection[Address]:
        """Containers whose air is changing."""
        return [address for address, trend in self.trends.items() if trend.state is State.RISING]

    def listen(self, event: e.Event) -> None:
        """A listener for `Events`."""
        if isinstance(event, e.ReadingTaken | e.ItemRegistered | e.ItemRemoved):
            self._news.set()

    async def run(self) -> None:
        while True:
            self._news.clear()
            try:
                before, self.trends = self.trends, await self._records.trends()
            except StoreError:  # told of where readings are kept; what was known is shown on
                before = self.trends
            if _words(before) != _words(self.trends):
                self._touched(frozenset({"food", "containers"}))
            await self._wait()
            await asyncio.sleep(_PAUSE_S)

    async def _wait(self) -> None:
        news = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait((news,), timeout=_AGAIN_S)
        finally:
            news.cancel()


def _words(trends: Mapping[Address, Trend]) -> dict[Address, State]:
    return {address: trend.state for address, trend in trends.items()}
