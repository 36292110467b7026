"""Who watches: browsers that want to hear at once that something changed.

In: events. Out: names of the tabs that changed, for server-sent events. What changed is asked for by the browser.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from befresh_agent.deadline import within
from befresh_agent.domain import events as e

_MOST = 24
_BEAT_S = 15.0
_HOLD_BACK_S = 0.1
"""What happens in one breath is told in one line."""


def tabs_of(event: e.Event) -> frozenset[str]:
    """The tabs on which an event shows."""
    match event:
        case e.ItemRegistered() | e.ItemRemoved() | e.SessionClosed() | e.SessionRecovered():
            return frozenset({"now", "food", "play"})
        case e.ReadingTaken() | e.VisitFailed() | e.ContainerLost() | e.ContainerFound():
            return frozenset({"now", "containers", "play"})
        case e.MessageQueued() | e.MessageDelivered() | e.MessageDead() | e.BrokerLost() | e.BrokerFound():
            return frozenset({"now", "food", "delivery", "play"})
        case e.DeviceChanged() | e.RadioTreated() | e.RadioDown() | e.Restarted():
            return frozenset({"now", "containers", "health", "play"})
    return frozenset({"now", "play"})


class Watchers:
    """`touched` tells everybody; `changes` is one browser's stream."""

    def __init__(self) -> None:
        self._watchers: set[Watcher] = set()
        self._closed = False
        self.most = _MOST

    @property
    def any(self) -> bool:
        return bool(self._watchers)

    @property
    def full(self) -> bool:
        return len(self._watchers) >= self.most

    def listen(self, event: e.Event) -> None:
        """A listener for `Events`."""
        if self._watchers:
            self.touched(tabs_of(event))

    def touched(self, tabs: frozenset[str]) -> None:
        """These tabs show something else now."""
        for watcher in self._watchers:
            watcher.note(tabs)

    def open(self) -> None:
        """Streams may begin."""
        self._closed = False

    def close(self) -> None:
        """Let every stream end."""
        self._closed = True
        self.touched(frozenset())

    async def changes(self) -> AsyncIterator[frozenset[str]]:
        """The tabs that changed, whenever some did; none of them as a sign of life."""
        with self._watching() as watcher:
            while not self._closed:
                yield await watcher.next()

    @contextlib.contextmanager
    def _watching(self) -> Iterator["Watcher"]:
        watcher = Watcher()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)


class Watcher:
    """One browser."""

    def __init__(self) -> None:
        self._tabs: frozenset[str] = frozenset()
        self._news = asyncio.Event()

    def note(self, tabs: frozenset[str]) -> None:
        self._tabs |= tabs
        self._news.set()

    async def next(self) -> frozenset[str]:
        """What was noted since the last call, waiting for it; nothing after a while, as a sign of life."""
        with contextlib.suppress(TimeoutError):
            async with within(_BEAT_S):
                await self._news.wait()
            await asyncio.sleep(_HOLD_BACK_S)
        self._news.clear()
        tabs, self._tabs = self._tabs, frozenset()
        return tabs
