"""The poller's memory of each container: last reading and how the latest visits went."""

from collections import deque
from dataclasses import dataclass, field

from befresh_agent.domain.container import Address
from befresh_agent.domain.container_health import ContainerHealth
from befresh_agent.domain.reading import Reading

_LATEST = 100


@dataclass(slots=True)
class Tally:
    """Bounded, so that years of visits take no more room than the first hundred."""

    last: Reading | None = None
    last_at: float | None = None
    """When, on the monotonic clock."""
    signal_dbm: int | None = None
    visits: deque[tuple[bool, float]] = field(default_factory=lambda: deque(maxlen=_LATEST))

    def visited(self, good: bool, seconds: float) -> None:
        self.visits.append((good, seconds))

    def read(self, reading: Reading, now: float) -> None:
        self.last, self.last_at = reading, now

    def health(self, address: Address, now: float, *, absent: bool) -> ContainerHealth:
        count = len(self.visits)
        return ContainerHealth(
            address=address,
            last=self.last,
            age_s=None if self.last_at is None else now - self.last_at,
            absent=absent,
            visits=count,
            success_rate=sum(good for good, _ in self.visits) / count if count else None,
            visit_s=sum(seconds for _, seconds in self.visits) / count if count else None,
            signal_dbm=self.signal_dbm,
        )
