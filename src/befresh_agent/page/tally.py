"""Counts of what happened since the start, for `/metrics`. In: events. Out: numbers."""

from collections import Counter
from datetime import datetime

from befresh_agent.domain import events as e


class Tally:
    """`listen` must be told every event."""

    def __init__(self) -> None:
        self.reads: Counter[tuple[str, str]] = Counter()
        """By container and outcome (`ok`, `failed`)."""
        self.sessions = 0
        self.items: Counter[int] = Counter()
        """By type."""
        self.unnamed = 0
        self.restarts: Counter[str] = Counter()
        """By part."""
        self.delivered: Counter[str] = Counter()
        """By topic."""
        self.refused = 0
        self.not_kept = 0
        self.broker_error = ""
        self.broker_since: datetime | None = None

    def listen(self, event: e.Event) -> None:
        """A listener for `Events`."""
        match event:
            case e.ReadingTaken(reading=reading):
                self.reads[reading.address, "ok"] += 1
            case e.VisitFailed(address=address):
                self.reads[address, "failed"] += 1
            case e.SessionOpened():
                self.sessions += 1
            case e.ItemRegistered(item=item):
                self.items[int(item.kind)] += 1
                self.unnamed += item.name is None
            case e.Restarted(part=part):
                self.restarts[part] += 1
            case e.MessageDelivered(topic=topic):
                self.delivered[topic] += 1
            case e.MessageDead():
                self.refused += 1
            case e.NotKept():
                self.not_kept += 1
            case e.BrokerLost(error=error):
                self.broker_error = error
            case e.BrokerFound():
                self.broker_error = ""
