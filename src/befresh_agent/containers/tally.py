"""The poller's memory of each container: last reading and how the latest visits went."""

from collections import deque
from dataclasses import dataclass, field
from typing import Self

from befresh_agent.containers.broadcasts import Memory
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.visit_history import KEPT, VisitHistory, VisitRecord, mean_seconds, success_rate


@dataclass(slots=True)
class Tally:
    """Bounded, so that years of visits take no more room than the first hundreds."""

    last: Reading | None = None
    last_at: float | None = None
    """When, on the monotonic clock."""
    signal_dbm: int | None = None
    visits: deque[VisitRecord] = field(default_factory=lambda: deque(maxlen=KEPT))
    attempts: int = 0
    """Visits since it joined the roster."""
    radio_s: float = 0.0
    """Seconds they took."""

    @classmethod
    def of(cls, history: VisitHistory | None) -> Self:
        """With what is known from earlier runs."""
        if history is None:
            return cls()
        latest = deque(history.latest, maxlen=KEPT)
        heard = [visit.signal_dbm for visit in latest if visit.signal_dbm is not None]
        return cls(
            signal_dbm=heard[-1] if heard else None,
            visits=latest,
            attempts=history.attempts,
            radio_s=history.radio_s,
        )

    def visited(self, visit: VisitRecord) -> None:
        self.visits.append(visit)
        self.attempts += 1
        self.radio_s += visit.seconds

    def read(self, reading: Reading, now: float) -> None:
        self.last, self.last_at = reading, now

    def health(self, address: Address, now: float, *, absent: bool, broadcast: Memory | None = None) -> ContainerHealth:
        return ContainerHealth(
            address=address,
            last=self.last,
            age_s=None if self.last_at is None else now - self.last_at,
            absent=absent,
            visits=len(self.visits),
            success_rate=success_rate(self.visits),
            visit_s=mean_seconds(self.visits),
            signal_dbm=self.signal_dbm,
            attempts=self.attempts,
            radio_s=self.radio_s,
            broadcasts=broadcast is not None,
            battery_percent=broadcast.battery_percent if broadcast else None,
            trouble=broadcast.trouble if broadcast else None,
        )
