"""BTHome v2, the open format of sensors that broadcast: service data in, what it says out (https://bthome.io/format).

Everything here is hostile by assumption: whoever is near may send it. What cannot be right is left out, never guessed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from befresh_agent.domain.container import Address, parse_address
from befresh_agent.domain.quantities import Measurement, Quantity, check, measurement
from befresh_agent.errors import InvalidValue

SERVICE_DATA = "0000fcd2-0000-1000-8000-00805f9b34fb"
"""The UUID under which the data is advertised."""

_UUID_ON_AIR = bytes.fromhex("d2fc")
_ENCRYPTED = 0x01
_VERSION_SHIFT, _VERSION = 5, 2
_COUNTER, _MIC = 4, 4

_PACKET_ID, _BATTERY = 0x00, 0x01


@dataclass(frozen=True, slots=True)
class _ObjectFormat:
    quantity: Quantity
    scale: float
    signed: bool = False


_MEASURED = {
    0x02: _ObjectFormat(Quantity.TEMPERATURE, 0.01, signed=True),
    0x45: _ObjectFormat(Quantity.TEMPERATURE, 0.1, signed=True),
    0x57: _ObjectFormat(Quantity.TEMPERATURE, 1, signed=True),
    0x58: _ObjectFormat(Quantity.TEMPERATURE, 0.35, signed=True),
    0x03: _ObjectFormat(Quantity.HUMIDITY, 0.01),
    0x2E: _ObjectFormat(Quantity.HUMIDITY, 1),
    0x04: _ObjectFormat(Quantity.PRESSURE, 0.01),
    0x12: _ObjectFormat(Quantity.CO2, 1),
}
"""What a container measures. BTHome's "gas" counts cubic metres of a gas meter: it is not our `gas`."""

_BY_LENGTH = {
    1: (0x00, 0x01, 0x09, *range(0x0F, 0x12), *range(0x15, 0x30), 0x3A, 0x46, 0x57, 0x58, 0x59, 0x60, 0x64),
    2: (
        *(0x02, 0x03, 0x06, 0x07, 0x08, 0x0C, 0x0D, 0x0E, 0x12, 0x13, 0x14, 0x3C, 0x3D, 0x3F, 0x40, 0x41, 0x43, 0x44),
        *(0x45, 0x47, 0x48, 0x49, 0x4A, 0x51, 0x52, 0x56, 0x5A, 0x5D, 0x5E, 0x5F, 0x61, 0xF0),
    ),
    3: (0x04, 0x05, 0x0A, 0x0B, 0x42, 0x4B, 0xF2),
    4: (0x3E, 0x4C, 0x4D, 0x4E, 0x4F, 0x50, 0x55, 0x5B, 0x5C, 0x62, 0x63, 0xF1),
}
_LENGTHS = {number: length for length, numbers in _BY_LENGTH.items() for number in numbers}
_LENGTH_FOLLOWS = (0x53, 0x54)
"""Text and raw bytes tell their own length."""


@dataclass(frozen=True, slots=True)
class SealedPacket:
    """An encrypted packet (AES-CCM): `sealed` is the cipher text with its four bytes of authentication."""

    nonce: bytes
    sealed: bytes
    counter: int


@dataclass(frozen=True, slots=True)
class DecodedPacket:
    """What one packet says; None where it says nothing."""

    measurement: Measurement = field(default_factory=Measurement)
    packet_id: int | None = None
    """Counts packets: the same one again is no news."""
    battery_percent: int | None = None
    faults: tuple[str, ...] = ()
    """What was left out, and why."""


def unwrap(data: bytes, address: Address) -> bytes | SealedPacket:
    """The objects in service data, or what must be unsealed first; `InvalidValue` when it is not BTHome v2."""
    if not data:
        raise InvalidValue("the packet is empty")
    information, rest = data[0], data[1:]
    if (version := information >> _VERSION_SHIFT) != _VERSION:
        raise InvalidValue(f"BTHome version {version} is not understood, only 2")
    if not information & _ENCRYPTED:
        return rest
    if len(rest) <= _COUNTER + _MIC:
        raise InvalidValue(f"{len(data)} bytes are too short for an encrypted packet")
    cipher_text, counter, mic = rest[: -_COUNTER - _MIC], rest[-_COUNTER - _MIC : -_MIC], rest[-_MIC:]
    nonce = bytes.fromhex(address.replace(":", "")) + _UUID_ON_AIR + data[:1] + counter
    return SealedPacket(nonce, cipher_text + mic, int.from_bytes(counter, "little"))


def decode(objects: bytes) -> DecodedPacket:
    """What the objects say. An unknown one ends it: without its length nothing behind it can be found."""
    values: dict[Quantity, float | int] = {}
    small: dict[int, int] = {}
    faults: list[str] = []
    at = 0
    while at < len(objects):
        number, at = objects[at], at + 1
        length = _LENGTHS.get(number)
        if number in _LENGTH_FOLLOWS and at < len(objects):
            length, at = objects[at], at + 1
        if length is None or at + length > len(objects):
            faults.append(f"object 0x{number:02X} is {'unknown' if length is None else 'cut short'}")
            break
        data, at = objects[at : at + length], at + length
        if (known := _MEASURED.get(number)) is not None:
            _note(known, data, values, faults)
        elif number in (_PACKET_ID, _BATTERY):
            small[number] = data[0]
    battery = small.get(_BATTERY)
    return DecodedPacket(
        measurement(values),
        small.get(_PACKET_ID),
        battery if battery is not None and battery <= 100 else None,
        tuple(faults),
    )


def _note(known: _ObjectFormat, data: bytes, values: dict[Quantity, float | int], faults: list[str]) -> None:
    """Of several objects of one kind the first counts: it is the sensor's own, the others are probes."""
    value = check(known.quantity, int.from_bytes(data, "little", signed=known.signed) * known.scale)
    if isinstance(value, str):
        faults.append(f"{known.quantity}: {value}")
    else:
        values.setdefault(known.quantity, value)


def parse_keys(text: str) -> Mapping[Address, bytes]:
    """The keys in words such as `FB:89:EB:22:95:84=<32 hexadecimal digits>`; errors never show a key."""
    keys: dict[Address, bytes] = {}
    for place, word in enumerate(text.split(), start=1):
        who, _, digits = word.partition("=")
        try:
            address = parse_address(who)
        except InvalidValue:
            raise InvalidValue(f"word {place} does not begin with a Bluetooth address and `=`") from None
        try:
            key = bytes.fromhex(digits)
        except ValueError:
            key = b""
        if len(key) != 16:
            raise InvalidValue(f"the key of {address} is not 32 hexadecimal digits")
        keys[address] = key
    return keys
