"""Two watches that go on while pages come and go: how the air in containers changes, and what no event tells.

In: readings' records, questions. Out: trends; how clock, disk and parts that hang stand.
"""

import asyncio
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from befresh_agent.domain import container_events
from befresh_agent.domain import events as e
from befresh_agent.domain.container import Address
from befresh_agent.errors import StoreError
from befresh_agent.history.records import HistoryRecords
from befresh_agent.history.rules.trend import Trend, TrendState

_EVERY_S = 1.0


_LEAST_FREE = 48 * 1024 * 1024
"""Bytes: below this the disk counts as full."""


@dataclass(frozen=True, slots=True)
class Standing:
    clock_set: bool = True
    disk_full: bool = False
    hanging: tuple[str, ...] = ()


class StandingWatch:
    """`touched` is told when something stands otherwise than before."""

    def __init__(
        self,
        state: Path,
        clock_synced: Callable[[], bool],
        unwell: Callable[[], list[str]],
        touched: Callable[[frozenset[str]], None],
    ) -> None:
        self._state = state
        self._clock_synced = clock_synced
        self._unwell = unwell
        self._touched = touched
        self.now = Standing()

    async def run(self) -> None:
        while True:
            full = await asyncio.to_thread(self._is_full)
            before, self.now = self.now, Standing(self._clock_synced(), full, tuple(self._unwell()))
            if before != self.now:
                self._touched(frozenset({"now", "health"}))
            await asyncio.sleep(_EVERY_S)

    def _is_full(self) -> bool:
        try:
            return shutil.disk_usage(self._state).free < _LEAST_FREE
        except OSError:
            return False  # of which those tell who write there


PAUSE_S = 1.0
"""Several readings in a row are worked out together."""


_AGAIN_S = 300.0
"""Silence is a trend too: it grows without events."""


class TrendWatch:
    """`listen` must be told every event; `run` goes on for ever."""

    def __init__(
        self, records: HistoryRecords, touched: Callable[[frozenset[str]], None], *, pause_s: float = PAUSE_S
    ) -> None:
        self._records = records
        self._touched = touched
        self._pause_s = pause_s
        self._news = asyncio.Event()
        self.trends: Mapping[Address, Trend] = {}
        self.since: dict[Address, float] = {}
        """About when the air in a container began to change, seconds since 1970."""

    @property
    def rising(self) -> Collection[Address]:
        """Containers whose air is changing."""
        return [address for address, trend in self.trends.items() if trend.state is TrendState.RISING]

    def on_event(self, event: e.Event) -> None:
        """A listener for `EventBus`."""
        if isinstance(event, container_events.ReadingTaken | e.ItemRegistered | e.ItemRemoved):
            self._news.set()

    async def run(self) -> None:
        while True:
            self._news.clear()
            try:
                before, self.trends = self.trends, await self._records.trends()
                await self._look_back()
            except StoreError:  # told of where readings are kept; what was known is shown on
                before = self.trends
            if _words(before) != _words(self.trends):
                self._touched(frozenset({"food", "containers"}))
            await self._wait()
            await asyncio.sleep(self._pause_s)

    async def _look_back(self) -> None:
        """Find out once when each change began."""
        self.since = {address: at for address, at in self.since.items() if address in self.rising}
        for address in self.rising:
            if address not in self.since and (at := await self._records.rising_since(address)) is not None:
                self.since[address] = at

    async def _wait(self) -> None:
        news = asyncio.ensure_future(self._news.wait())
        try:
            await asyncio.wait((news,), timeout=_AGAIN_S)
        finally:
            news.cancel()


def _words(trends: Mapping[Address, Trend]) -> dict[Address, TrendState]:
    return {address: trend.state for address, trend in trends.items()}
