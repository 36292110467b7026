"""What containers broadcast: service data as it was heard in, measurements out, each packet once.

A packet that cannot be read is told of once for each container and reason; nothing that is heard can do more harm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from befresh_agent.domain.bthome import Said, Sealed, decode, newer, unwrap
from befresh_agent.domain.container import Address
from befresh_agent.domain.events import BroadcastUnreadable
from befresh_agent.domain.reading import Measurement
from befresh_agent.errors import DeviceError, InvalidValue
from befresh_agent.events import Events
from befresh_agent.ports.cipher import Cipher

_NOTHING = Measurement()
_REASONS = 8
"""So many different ones are told of each container: who invents packets must not fill the log."""


@dataclass(slots=True)
class Memory:
    """What is known of one container that broadcasts."""

    counter: int | None = None
    """The last one accepted of an encrypted container."""
    last: bytes = b""
    """The last packet that counted."""
    battery_percent: int | None = None
    trouble: str | None = None
    """Why what it said last could not be read."""
    told: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class News:
    """A measurement that was broadcast; `counter` proves that it is new, where the container is encrypted."""

    measurement: Measurement
    counter: int | None


class Broadcasts:
    """`keys` are those of the encrypted containers; without one a container must not encrypt, with one it must."""

    def __init__(self, keys: Mapping[Address, bytes], cipher: Cipher, events: Events) -> None:
        self._keys = keys
        self._cipher = cipher
        self._events = events
        self._memories: dict[Address, Memory] = {}

    def of(self, address: Address) -> Memory:
        return self._memories.setdefault(address, Memory())

    def forget(self, address: Address) -> None:
        self._memories.pop(address, None)

    async def news(self, address: Address, packets: Sequence[bytes]) -> News | None:
        """What these packets, the oldest first, say together; the newest counts. None when there is no news in them."""
        memory = self.of(address)
        found, trouble = _NOTHING, None
        for packet in packets:
            try:
                said = await self._read(address, packet)
            except (InvalidValue, DeviceError) as error:
                trouble = str(error)
                self._tell(address, memory, trouble)
                continue
            if said is None or said.measurement == _NOTHING:
                continue
            memory.last = packet
            found = _together(found, said.measurement)
        if found == _NOTHING:
            memory.trouble = trouble or memory.trouble
            return None
        memory.trouble = None
        return News(found, memory.counter)

    async def _read(self, address: Address, packet: bytes) -> Said | None:
        """What a packet says; None when it was said before."""
        memory, key = self.of(address), self._keys.get(address)
        match unwrap(packet, address):
            case Sealed() as envelope:
                if key is None:
                    raise InvalidValue("it is encrypted, and secrets.bthome_keys has no key for it")
                if envelope.counter == memory.counter:
                    return None
                objects = await self._cipher.unseal(key, envelope.nonce, envelope.sealed)
                if not newer(envelope.counter, memory.counter):
                    raise InvalidValue("its counter went back: an old packet was sent again, or it began anew")
                memory.counter, said = envelope.counter, decode(objects)
            case bytes() as objects:
                if key is not None:
                    raise InvalidValue("it is not encrypted although there is a key for it")
                said = decode(objects)
                if said.packet_id is not None and packet == memory.last:
                    return None
        memory.battery_percent = memory.battery_percent if said.battery_percent is None else said.battery_percent
        if said.faults and said.measurement == _NOTHING:
            raise InvalidValue(said.faults[0])
        return said

    def _tell(self, address: Address, memory: Memory, why: str) -> None:
        if why not in memory.told and len(memory.told) < _REASONS:
            memory.told.add(why)
            self._events.tell(BroadcastUnreadable(address, why))


def _together(before: Measurement, after: Measurement) -> Measurement:
    """Some containers tell one thing at a time."""
    names = Measurement.__dataclass_fields__
    newest = {name: value for name in names if (value := getattr(after, name)) is not None}
    return replace(before, **newest)
