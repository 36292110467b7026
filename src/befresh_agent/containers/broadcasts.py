"""Containers that broadcast: service data as it was heard in, readings on disk out, each packet once and when one is
due.

A packet that cannot be read is reported once for each container and reason; nothing that is heard can do more harm.
"""

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from befresh_agent.containers.reading_writer import ReadingWriter
from befresh_agent.containers.rules.broadcast_rules import BroadcastSchedule, CounterWatch, PacketVerdict
from befresh_agent.domain.bthome import DecodedPacket, SealedPacket, decode, unwrap
from befresh_agent.domain.container import Address
from befresh_agent.domain.container_events import BroadcastUnreadable
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import BroadcastOrigin, Reading
from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import Cipher, DeviceSighting
from befresh_agent.runtime.event_bus import EventBus

_NOTHING = Measurement()

_LATEST = 20

_CREDIBLE = 1 / 3
"""Of its latest packets so many must be good, or what happens to look like one is not believed. A key proves more."""

_REASONS = 8
"""So many different ones are told of each container: who invents packets must not fill the log."""


class OldPacket(InvalidValue):
    """It is authentic, and was sent before; nothing is wrong with it otherwise."""


@dataclass(slots=True)
class BroadcastState:
    """What is known of one container that broadcasts."""

    counters: CounterWatch = field(default_factory=CounterWatch)
    """Of an encrypted container."""
    packet_id: int | None = None
    """The last one of a container that is not."""
    said: set[bytes] = field(default_factory=set)
    """The packets that counted under that counter or that id: some containers divide what they say."""
    good: deque[bool] = field(default_factory=lambda: deque(maxlen=_LATEST))
    """Whether the latest packets could be read."""
    bad: bytes = b""
    """The last one that could not."""
    battery_percent: int | None = None
    trouble: str | None = None
    """Why what it said last could not be read."""
    told: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class BroadcastNews:
    """A measurement that was broadcast; `heard` proves that it is new, where the container is encrypted."""

    measurement: Measurement
    heard: BroadcastOrigin


class BroadcastDecoder:
    """`keys` are those of the encrypted containers; without one a container must not encrypt, with one it must."""

    def __init__(self, keys: Mapping[Address, bytes], cipher: Cipher, events: EventBus) -> None:
        self._keys = keys
        self._cipher = cipher
        self._events = events
        self._memories: dict[Address, BroadcastState] = {}

    def of(self, address: Address) -> BroadcastState:
        return self._memories.setdefault(address, BroadcastState())

    def forget(self, address: Address) -> None:
        self._memories.pop(address, None)

    async def decode(self, address: Address, packets: Sequence[bytes], now: float) -> BroadcastNews | None:
        """What these packets, the oldest first, say together; the newest counts. None when there is no news in them.

        `now` is the time of the clock that never jumps.
        """
        memory = self.of(address)
        found, trouble = _NOTHING, None
        for packet in packets:
            try:
                said = await self._read(address, packet, now)
            except (InvalidValue, DeviceError) as error:
                trouble = str(error)
                self._emit(address, memory, trouble)
                continue
            if said is not None:
                found = _together(found, said.measurement)
        if found != _NOTHING and address not in self._keys and sum(memory.good) < _CREDIBLE * len(memory.good):
            found, trouble = _NOTHING, "most of what it broadcasts cannot be understood: nothing of it is believed"
            self._emit(address, memory, trouble)
        if found == _NOTHING:
            memory.trouble = trouble or memory.trouble
            return None
        memory.trouble = None
        counters = memory.counters
        return BroadcastNews(
            found, BroadcastOrigin(counters.last, counters.highest if counters.last is not None else None)
        )

    async def _read(self, address: Address, packet: bytes, now: float) -> DecodedPacket | None:
        """What a packet says; None when it was said before, or is nothing that counts."""
        memory = self.of(address)
        try:
            said = await self._opened(address, packet, now)
        except OldPacket:
            raise
        except InvalidValue:
            if packet != memory.bad:
                memory.good.append(False)
            memory.bad = packet
            raise
        if said is None or said.measurement == _NOTHING:
            return None
        memory.good.append(True)
        if len(memory.said) < _LATEST and (said.packet_id is not None or address in self._keys):
            memory.said.add(packet)
        return said

    async def _opened(self, address: Address, packet: bytes, now: float) -> DecodedPacket | None:
        memory, key = self.of(address), self._keys.get(address)
        match unwrap(packet, address):
            case SealedPacket() as envelope:
                if key is None:
                    raise InvalidValue("it is encrypted, and secrets.bthome_keys has no key for it")
                if envelope.counter == memory.counters.last and (packet in memory.said or not memory.said):
                    return None
                objects = await self._cipher.unseal(key, envelope.nonce, envelope.sealed)
                self._count(memory, envelope.counter, now)
                said = decode(objects)
            case bytes() as objects:
                if key is not None:
                    raise InvalidValue("it is not encrypted although there is a key for it")
                said = decode(objects)
                if said.packet_id is not None and said.packet_id != memory.packet_id:
                    memory.packet_id = said.packet_id
                    memory.said.clear()
                if said.packet_id is not None and packet in memory.said:
                    return None
        memory.battery_percent = memory.battery_percent if said.battery_percent is None else said.battery_percent
        if said.faults and said.measurement == _NOTHING:
            raise InvalidValue(said.faults[0])
        return said

    @staticmethod
    def _count(memory: BroadcastState, counter: int, now: float) -> None:
        """Let the counter count. A packet that is authentic and old says nothing of the others."""
        verdict = memory.counters.judge(counter, now)
        if verdict is PacketVerdict.NEW:
            memory.said.clear()
        if verdict is PacketVerdict.BACK:
            raise OldPacket("its counter went back: an old packet was sent again, or it began anew")

    def _emit(self, address: Address, memory: BroadcastState, why: str) -> None:
        if why not in memory.told and len(memory.told) < _REASONS:
            memory.told.add(why)
            self._events.emit(BroadcastUnreadable(address, why))


def _together(before: Measurement, after: Measurement) -> Measurement:
    """Some containers tell one thing at a time."""
    names = Measurement.__dataclass_fields__
    newest = {name: value for name in names if (value := getattr(after, name)) is not None}
    return replace(before, **newest)


class BroadcastReceiver:
    def __init__(self, broadcasts: BroadcastDecoder, writer: ReadingWriter, clock: Clock, *, period_s: float) -> None:
        self._broadcasts = broadcasts
        self._writer = writer
        self._clock = clock
        self._rules = BroadcastSchedule(period_s)
        self._under_way: set[Address] = set()

    def __contains__(self, address: object) -> bool:
        return address in self._rules

    def __bool__(self) -> bool:
        return len(self._rules) > 0

    def add(self, address: Address, *, read_at: float | None = None, known: BroadcastOrigin | None = None) -> None:
        """Listen for it from now on; `known` is what its counters were last."""
        self._rules.add(address, self._clock.monotonic(), read_at)
        self._broadcasts.forget(address)
        if known is not None and known.counter is not None:
            highest = max(known.counter, known.highest or 0)
            self._broadcasts.of(address).counters = CounterWatch(known.counter, highest)

    def remove(self, address: Address) -> None:
        self._rules.remove(address)
        self._broadcasts.forget(address)

    def absent(self, address: Address) -> bool:
        return self._rules.absent(address)

    def memory(self, address: Address) -> BroadcastState | None:
        return self._broadcasts.of(address) if address in self._rules else None

    def awaited(self) -> bool:
        """Whether listening on may bring a reading that is due."""
        return self._rules.awaited(self._clock.monotonic())

    def turn_over(self) -> list[Address]:
        """A turn of listening ends; who is absent from now on."""
        return self._rules.turn_over(self._clock.monotonic())

    async def receive(self, sighting: DeviceSighting) -> Reading | None:
        """It is there; the reading that its packets brought, once it is on disk, when one was due."""
        address = sighting.address
        self._rules.note_heard(address, self._clock.monotonic())
        if not self._rules.due(address, self._clock.monotonic()) or address in self._under_way:
            return None
        self._under_way.add(address)  # another radio may hear it at the same time
        try:
            return await self._reading(address, sighting.broadcasts)
        finally:
            self._under_way.discard(address)

    async def _reading(self, address: Address, packets: Sequence[bytes]) -> Reading | None:
        if (news := await self._broadcasts.decode(address, packets, self._clock.monotonic())) is None:
            return None
        reading = await self._writer.write(address, news.measurement, heard=news.heard)
        if reading is not None:
            self._rules.read(address, self._clock.monotonic())
        return reading
