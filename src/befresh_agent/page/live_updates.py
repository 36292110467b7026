"""Who watches: browsers that want to hear at once that something changed.

In: events. Out: names of the tabs that changed, for server-sent events. What changed is asked for by the browser.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

from befresh_agent.domain import container_events, delivery_events
from befresh_agent.domain import events as e
from befresh_agent.runtime.event_loop import within

_MOST = 24
_BEAT_S = 15.0
_HOLD_BACK_S = 0.1
"""What happens in one breath is told in one line."""


def tabs_of(event: e.Event) -> frozenset[str]:
    """The tabs on which an event shows."""
    match event:
        case e.ItemRegistered() | e.ItemRemoved() | e.SessionClosed() | e.SessionRecovered():
            return frozenset({"now", "food", "play"})
        case (
            container_events.ReadingTaken()
            | container_events.VisitFailed()
            | container_events.ContainerLost()
            | container_events.ContainerFound()
        ):
            return frozenset({"now", "containers", "health", "play"})
        case (
            delivery_events.MessageQueued()
            | delivery_events.MessageDelivered()
            | delivery_events.MessageDead()
            | delivery_events.BrokerLost()
            | delivery_events.BrokerFound()
            | delivery_events.TopicLost()
            | delivery_events.TopicFound()
        ):
            return frozenset({"now", "food", "delivery", "health", "play"})
        case (
            e.DeviceChanged()
            | container_events.RadioRecovered()
            | container_events.RadioDown()
            | e.ServiceRestarted()
            | e.TroubleFound()
            | e.TroubleOver()
        ):
            return frozenset({"now", "containers", "health", "play"})
    return frozenset({"now", "play"})


class LiveUpdates:
    """`touched` tells everybody; `changes` is one browser's stream."""

    def __init__(self) -> None:
        self._watchers: set[UpdateStream] = set()
        self._closed = False
        self.most = _MOST

    @property
    def any(self) -> bool:
        return bool(self._watchers)

    @property
    def full(self) -> bool:
        return len(self._watchers) >= self.most

    def on_event(self, event: e.Event) -> None:
        """A listener for `EventBus`."""
        if self._watchers:
            self.notify(tabs_of(event))

    def notify(self, tabs: frozenset[str]) -> None:
        """These tabs show something else now; the first one shows something of all of them."""
        if tabs:
            tabs |= {"now"}
        for watcher in self._watchers:
            watcher.note(tabs)

    def open(self) -> None:
        """Streams may begin."""
        self._closed = False

    def close(self) -> None:
        """Let every stream end."""
        self._closed = True
        self.notify(frozenset())

    async def changes(self) -> AsyncIterator[frozenset[str]]:
        """The tabs that changed, whenever some did; none of them as a sign of life."""
        with self._watching() as watcher:
            while not self._closed:
                yield await watcher.next()

    @contextlib.contextmanager
    def _watching(self) -> Iterator["UpdateStream"]:
        watcher = UpdateStream()
        self._watchers.add(watcher)
        try:
            yield watcher
        finally:
            self._watchers.discard(watcher)


class UpdateStream:
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
