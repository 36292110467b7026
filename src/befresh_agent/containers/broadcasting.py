"""The containers that broadcast: who is awaited, and a reading on disk for whoever has news when one is due."""

from collections.abc import Sequence

from befresh_agent.containers.broadcasts import Broadcasts, Memory
from befresh_agent.containers.keeping import Keeping
from befresh_agent.domain.broadcasting import Broadcasters
from befresh_agent.domain.container import Address
from befresh_agent.domain.reading import Heard, Reading
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.radio import Sighting


class Broadcasting:
    def __init__(self, broadcasts: Broadcasts, keeping: Keeping, clock: Clock, *, period_s: float) -> None:
        self._broadcasts = broadcasts
        self._keeping = keeping
        self._clock = clock
        self._rules = Broadcasters(period_s)
        self._under_way: set[Address] = set()

    def __contains__(self, address: object) -> bool:
        return address in self._rules

    def __bool__(self) -> bool:
        return len(self._rules) > 0

    def add(self, address: Address, *, read_at: float | None = None, counter: int | None = None) -> None:
        """Listen for it from now on; `counter` is the last one known of it."""
        self._rules.add(address, self._clock.monotonic(), read_at)
        self._broadcasts.of(address).counter = counter

    def remove(self, address: Address) -> None:
        self._rules.remove(address)
        self._broadcasts.forget(address)

    def absent(self, address: Address) -> bool:
        return self._rules.absent(address)

    def memory(self, address: Address) -> Memory | None:
        return self._broadcasts.of(address) if address in self._rules else None

    def awaited(self) -> bool:
        """Whether listening on may bring a reading that is due."""
        return self._rules.awaited(self._clock.monotonic())

    def turn_over(self) -> list[Address]:
        """A turn of listening ends; who is absent from now on."""
        return self._rules.turn_over(self._clock.monotonic())

    async def heard(self, sighting: Sighting) -> Reading | None:
        """It is there; the reading that its packets brought, once it is on disk, when one was due."""
        address = sighting.address
        self._rules.heard(address, self._clock.monotonic())
        if not self._rules.due(address, self._clock.monotonic()) or address in self._under_way:
            return None
        self._under_way.add(address)  # another radio may hear it at the same time
        try:
            return await self._reading(address, sighting.broadcasts)
        finally:
            self._under_way.discard(address)

    async def _reading(self, address: Address, packets: Sequence[bytes]) -> Reading | None:
        if (news := await self._broadcasts.news(address, packets)) is None:
            return None
        reading = await self._keeping.keep(address, news.measurement, heard=Heard(news.counter))
        if reading is not None:
            self._rules.read(address, self._clock.monotonic())
        return reading
