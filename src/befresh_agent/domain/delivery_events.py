"""What happens to messages and to the disk they wait on, as values; part of `Event` in `domain/events.py`.

Where a sink is not named, it is Kafka's broker.
"""

from dataclasses import dataclass, field

BROKER = "kafka"
"""The sink that a household calls the broker."""


@dataclass(frozen=True, slots=True)
class MessageQueued:
    seq: int
    topic: str
    summary: str


@dataclass(frozen=True, slots=True)
class MessageDelivered:
    seq: int
    topic: str
    where: str
    """The sink's address, or the journal."""


@dataclass(frozen=True, slots=True)
class MessageDead:
    seq: int
    topic: str
    error: str


@dataclass(frozen=True, slots=True)
class BrokerLost:
    """A sink is out of reach."""

    error: str
    waiting: int
    sink: str = BROKER


@dataclass(frozen=True, slots=True)
class BrokerFound:
    offline_s: float
    sink: str = BROKER


@dataclass(frozen=True, slots=True)
class MessageSplit:
    """It was larger than the topic takes: it travels in two parts, each a message of its own."""

    seq: int
    topic: str
    other: int
    """The number of the second part; the first keeps its own."""


@dataclass(frozen=True, slots=True)
class TopicLost:
    """The sink is there, but takes nothing of one topic; the others are not concerned."""

    topic: str
    error: str
    sink: str = BROKER


@dataclass(frozen=True, slots=True)
class TopicFound:
    topic: str
    lost_s: float
    sink: str = BROKER


@dataclass(frozen=True, slots=True)
class TimesCorrected:
    """The clock was set: so many readings that wait for their message got their right times."""

    count: int


@dataclass(frozen=True, slots=True)
class ReadingsDropped:
    """So many readings were given up: the oldest, as the store was full, or such as were garbled on disk."""

    count: int


@dataclass(frozen=True, slots=True)
class DiskFull:
    """The disk is full: the reserve that was kept back is in use now, and after it nothing more can be kept."""

    folder: str


@dataclass(frozen=True, slots=True)
class DatabaseRebuilt:
    """The database was damaged: it was set aside, and a new one begun with the rows that could still be read."""

    kept_as: str
    error: str
    rescued: int


@dataclass(frozen=True, slots=True)
class DatabaseNewer:
    """A newer release made the database: this one uses what it knows of it, and leaves the rest as it is."""

    version: int
    """Of the schema."""
    known: int
    """The version that this release makes."""


@dataclass(slots=True)
class DeliveryFaults:
    """What keeps messages from arriving at the moment; told every event."""

    sinks: dict[str, str] = field(default_factory=dict)
    """What is wrong, by sink."""
    topics: dict[tuple[str, str], str] = field(default_factory=dict)
    """By sink and topic."""

    def on_event(self, event: object) -> None:
        """A listener for `EventBus`."""
        match event:
            case BrokerLost(error=error, sink=sink):
                self.sinks[sink] = error
            case BrokerFound(sink=sink):
                self.sinks.pop(sink, None)
            case TopicLost(topic=topic, error=error, sink=sink):
                self.topics[sink, topic] = error
            case TopicFound(topic=topic, sink=sink):
                self.topics.pop((sink, topic), None)

    @property
    def errors(self) -> list[str]:
        """In words, sinks before single topics."""
        return [*self.sinks.values(), *self.topics.values()]
