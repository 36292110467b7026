"""Containers' values as GATT characteristics: how they are encoded, and which a kind of container has.

Kinds are built in, or described in the settings by a table from devices to lines: a device is an address or the
beginning
of a local name, and each line says `UUID FIELD TYPE [SCALE]`, such as `2a6e temperature i16 0.01`.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from befresh_agent.domain.quantities import Measurement, Quantity, check, measurement


class ValueEncoding(StrEnum):
    """How a value travels, little-endian."""

    F32 = "f32"
    U8 = "u8"
    I8 = "i8"
    U16 = "u16"
    I16 = "i16"
    U32 = "u32"
    I32 = "i32"
    FIRST_BYTE = "first-byte"
    """An unsigned byte, whatever follows it."""


@dataclass(frozen=True, slots=True)
class GattCharacteristic:
    """One characteristic: where a quantity is read and how. What is read is multiplied by `scale`."""

    uuid: str
    quantity: Quantity
    encoding: ValueEncoding
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class ValueFault:
    """Why a quantity is missing."""

    quantity: Quantity
    why: str


@dataclass(frozen=True, slots=True)
class DecodedValues:
    measurement: Measurement
    faults: tuple[ValueFault, ...]


def _nicla_uuid(short: str) -> str:
    return f"19b10000-{short}-537e-4f6c-d104768a1214"


SERVICE = _nicla_uuid("0000")

# The firmware sends humidity as four bytes of which the first counts, and co2 signed.
NICLA = (
    GattCharacteristic(_nicla_uuid("2001"), Quantity.TEMPERATURE, ValueEncoding.F32),
    GattCharacteristic(_nicla_uuid("3001"), Quantity.HUMIDITY, ValueEncoding.FIRST_BYTE),
    GattCharacteristic(_nicla_uuid("4001"), Quantity.PRESSURE, ValueEncoding.F32),
    GattCharacteristic(_nicla_uuid("9002"), Quantity.CO2, ValueEncoding.I32),
    GattCharacteristic(_nicla_uuid("9003"), Quantity.GAS, ValueEncoding.U32),
    GattCharacteristic(_nicla_uuid("9004"), Quantity.NH3, ValueEncoding.U32),
)
"""The Arduino Nicla Sense ME of the smart containers; its local name is NiclaSenseME-XXXX."""

_FORMATS = {
    ValueEncoding.F32: "<f",
    ValueEncoding.U8: "<B",
    ValueEncoding.I8: "<b",
    ValueEncoding.U16: "<H",
    ValueEncoding.I16: "<h",
    ValueEncoding.U32: "<I",
    ValueEncoding.I32: "<i",
}


def decode(layout: Sequence[GattCharacteristic], raw: Mapping[str, bytes]) -> DecodedValues:
    """The measurement behind the bytes of each characteristic (by uuid); whatever is missing or wrong is a fault."""
    values: dict[Quantity, float | int] = {}
    faults: list[ValueFault] = []
    for characteristic in layout:
        value = _value(characteristic, raw.get(characteristic.uuid))
        if isinstance(value, str):
            faults.append(ValueFault(characteristic.quantity, value))
        else:
            values[characteristic.quantity] = value
    return DecodedValues(measurement(values), tuple(faults))


def _value(characteristic: GattCharacteristic, data: bytes | None) -> float | int | str:
    if data is None:
        return "not read"
    number = _unpack(characteristic.encoding, data)
    if number is None:
        return f"{len(data)} bytes are not one {characteristic.encoding}"
    return check(characteristic.quantity, number * characteristic.scale)


def _unpack(encoding: ValueEncoding, data: bytes) -> float | None:
    if encoding is ValueEncoding.FIRST_BYTE:
        return data[0] if data else None
    layout = _FORMATS[encoding]
    if len(data) != struct.calcsize(layout):
        return None
    return float(struct.unpack(layout, data)[0])
