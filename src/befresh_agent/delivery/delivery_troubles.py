"""What keeps messages from arriving, told once. A topic's fault is that topic's alone.

In: how rounds of a sink's lanes went. Out: events.
"""

from befresh_agent.domain.delivery_events import (
    BROKER,
    BrokerFound,
    BrokerLost,
    TopicFound,
    TopicLost,
)
from befresh_agent.domain.events import NotKept
from befresh_agent.errors import (
    BefreshError,
    NotAuthorised,
    StoreError,
    TopicFault,
)
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import EventBus


class DeliveryTroubles:
    def __init__(self, clock: Clock, events: EventBus, sink: str = BROKER) -> None:
        self._clock = clock
        self._events = events
        self._sink = sink
        self._since: dict[str, tuple[str, float]] = {}
        """By topic: what is wrong there, and since when."""
        self._lost_at = 0.0

    def without_broker(self, topic: str) -> bool:
        """Whether it was the broker that this topic's messages could not reach."""
        return topic in self._since and self._since[topic][0] == _BROKER

    def is_news(self, topic: str, error: BefreshError) -> bool:
        """Whether this is another trouble than the topic had before."""
        return topic not in self._since or self._since[topic][0] != _kind(error)

    def failed(self, topic: str, error: BefreshError, waiting: int) -> None:
        """A round ended with an error that is news, while so many messages wait."""
        kind, told = _kind(error), {kind for kind, _ in self._since.values()}
        self._close(topic)
        if not told & {_BROKER, _RIGHTS}:
            self._lost_at = self._clock.monotonic()
        self._since[topic] = kind, self._clock.monotonic()
        if kind == _TOPIC:
            self._events.emit(TopicLost(topic, str(error), self._sink))
        elif kind == _STORE:
            self._events.emit(NotKept("what was delivered", str(error)))
        elif kind not in told:
            self._events.emit(BrokerLost(str(error), waiting, self._sink))

    def well(self, topic: str) -> None:
        """A round brought everything that it took, or there was nothing to take."""
        if topic not in self._since:
            return
        kind = self._close(topic)
        others = {kind for kind, _ in self._since.values()}
        if kind in (_BROKER, _RIGHTS) and not others & {_BROKER, _RIGHTS}:
            self._events.emit(BrokerFound(self._clock.monotonic() - self._lost_at, self._sink))

    def _close(self, topic: str) -> str:
        """Its trouble is over, or another one."""
        kind, since = self._since.pop(topic, ("", 0.0))
        if kind == _TOPIC:
            self._events.emit(TopicFound(topic, self._clock.monotonic() - since, self._sink))
        return kind


_TOPIC, _STORE, _RIGHTS, _BROKER = "topic", "store", "rights", "broker"


def _kind(error: BefreshError) -> str:
    kinds = {TopicFault: _TOPIC, StoreError: _STORE, NotAuthorised: _RIGHTS}
    return next((kind for leaf, kind in kinds.items() if isinstance(error, leaf)), _BROKER)
