"""What the bytes of a container's characteristics mean: bytes in, a measurement and the faults found in them out."""

import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from befresh_agent.domain.reading import Measurement


class Quantity(StrEnum):
    """What a container measures; the names are the fields of `Measurement`."""

    TEMPERATURE = "temperature"
    HUMIDITY = "humidity"
    PRESSURE = "pressure"
    CO2 = "co2"
    GAS = "gas"
    NH3 = "nh3"


class Encoding(StrEnum):
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
class Characteristic:
    """One characteristic: where a quantity is read and how. What is read is multiplied by `scale`."""

    uuid: str
    quantity: Quantity
    encoding: Encoding
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a quantity is missing."""

    quantity: Quantity
    why: str


@dataclass(frozen=True, slots=True)
class Decoded:
    measurement: Measurement
    faults: tuple[Fault, ...]


def _nicla_uuid(short: str) -> str:
    return f"19b10000-{short}-537e-4f6c-d104768a1214"


SERVICE = _nicla_uuid("0000")

# The firmware sends humidity as four bytes of which the first counts, and co2 signed.
NICLA = (
    Characteristic(_nicla_uuid("2001"), Quantity.TEMPERATURE, Encoding.F32),
    Characteristic(_nicla_uuid("3001"), Quantity.HUMIDITY, Encoding.FIRST_BYTE),
    Characteristic(_nicla_uuid("4001"), Quantity.PRESSURE, Encoding.F32),
    Characteristic(_nicla_uuid("9002"), Quantity.CO2, Encoding.I32),
    Characteristic(_nicla_uuid("9003"), Quantity.GAS, Encoding.U32),
    Characteristic(_nicla_uuid("9004"), Quantity.NH3, Encoding.U32),
)
"""The Arduino Nicla Sense ME of the smart containers; its local name is NiclaSenseME-XXXX."""

_FORMATS = {
    Encoding.F32: "<f",
    Encoding.U8: "<B",
    Encoding.I8: "<b",
    Encoding.U16: "<H",
    Encoding.I16: "<h",
    Encoding.U32: "<I",
    Encoding.I32: "<i",
}

# What the sensors can say at all: BME688 and BMP390 data sheets, a converter of at most 16 bits.
PLAUSIBLE: Mapping[Quantity, tuple[float, float]] = {
    Quantity.TEMPERATURE: (-40, 85),
    Quantity.HUMIDITY: (0, 100),
    Quantity.PRESSURE: (300, 1250),
    Quantity.CO2: (0, 1_000_000),
    Quantity.GAS: (0, 1_000_000_000),
    Quantity.NH3: (0, 65_535),
}

_FRACTIONAL = {Quantity.TEMPERATURE, Quantity.PRESSURE}


def decode(layout: Sequence[Characteristic], raw: Mapping[str, bytes]) -> Decoded:
    """The measurement behind the bytes of each characteristic (by uuid); whatever is missing or wrong is a fault."""
    values: dict[str, float | int] = {}
    faults: list[Fault] = []
    for characteristic in layout:
        value = _value(characteristic, raw.get(characteristic.uuid))
        if isinstance(value, str):
            faults.append(Fault(characteristic.quantity, value))
        else:
            values[characteristic.quantity] = value
    return Decoded(measured(values), tuple(faults))


def measured(values: Mapping[str, float | int]) -> Measurement:
    """A measurement of checked values by the name of their quantity."""
    return Measurement(**values)  # type: ignore[arg-type]  # whole quantities are ints by `check`


def check(quantity: Quantity, value: float) -> float | int | str:
    """The value as it is kept, or in words why it cannot be one."""
    low, high = PLAUSIBLE[quantity]
    if not math.isfinite(value):
        return f"{value} is not a number"
    if not low <= value <= high:
        return f"{value:g} is not within {low:g} to {high:g}"
    # Adding zero turns a rounded -0.0 into 0.0.
    return round(value, 2) + 0.0 if quantity in _FRACTIONAL else round(value)


def _value(characteristic: Characteristic, data: bytes | None) -> float | int | str:
    if data is None:
        return "not read"
    number = _unpack(characteristic.encoding, data)
    if number is None:
        return f"{len(data)} bytes are not one {characteristic.encoding}"
    return check(characteristic.quantity, number * characteristic.scale)


def _unpack(encoding: Encoding, data: bytes) -> float | None:
    if encoding is Encoding.FIRST_BYTE:
        return data[0] if data else None
    layout = _FORMATS[encoding]
    if len(data) != struct.calcsize(layout):
        return None
    return float(struct.unpack(layout, data)[0])
