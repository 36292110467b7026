import math
import struct
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.gatt import NICLA, SERVICE, GattCharacteristic, ValueEncoding, ValueFault, decode
from befresh_agent.domain.quantities import Measurement, Quantity, check

UUID = {characteristic.quantity: characteristic.uuid for characteristic in NICLA}
REAL = {
    UUID[Quantity.TEMPERATURE]: struct.pack("<f", 33.95),
    UUID[Quantity.HUMIDITY]: bytes([37, 0, 0, 0]),
    UUID[Quantity.PRESSURE]: struct.pack("<f", 1009.83),
    UUID[Quantity.CO2]: struct.pack("<i", 537),
    UUID[Quantity.GAS]: struct.pack("<I", 101700),
    UUID[Quantity.NH3]: struct.pack("<I", 0),
}


def with_value(quantity: Quantity, data: bytes) -> dict[str, bytes]:
    return {**REAL, UUID[quantity]: data}


def test_a_real_reading() -> None:
    decoded = decode(NICLA, REAL)

    assert decoded.measurement == Measurement(33.95, 37, 1009.83, 537, 101700, 0)
    assert decoded.faults == ()


def test_the_uuids_are_the_firmware_s() -> None:
    assert UUID[Quantity.TEMPERATURE] == "19b10000-2001-537e-4f6c-d104768a1214"
    assert UUID[Quantity.HUMIDITY] == "19b10000-3001-537e-4f6c-d104768a1214"
    assert UUID[Quantity.PRESSURE] == "19b10000-4001-537e-4f6c-d104768a1214"
    assert UUID[Quantity.CO2] == "19b10000-9002-537e-4f6c-d104768a1214"
    assert UUID[Quantity.GAS] == "19b10000-9003-537e-4f6c-d104768a1214"
    assert UUID[Quantity.NH3] == "19b10000-9004-537e-4f6c-d104768a1214"
    assert SERVICE == "19b10000-0000-537e-4f6c-d104768a1214"


@pytest.mark.parametrize(
    ("quantity", "low", "high"),
    [
        (Quantity.TEMPERATURE, -40, 85),
        (Quantity.HUMIDITY, 0, 100),
        (Quantity.PRESSURE, 300, 1250),
        (Quantity.CO2, 0, 1_000_000),
        (Quantity.GAS, 0, 1_000_000_000),
        (Quantity.NH3, 0, 65_535),
    ],
)
def test_what_a_sensor_can_say_is_kept_and_nothing_beyond(quantity: Quantity, low: int, high: int) -> None:
    assert [check(quantity, value) for value in (low, high)] == [low, high]
    assert check(quantity, low - 0.6) == f"{low - 0.6:g} is not within {low:g} to {high:g}"
    assert isinstance(check(quantity, high + 0.6), str)


@pytest.mark.parametrize(
    ("encoding", "quantity", "data", "number"),
    [
        (ValueEncoding.F32, Quantity.TEMPERATURE, struct.pack("<f", 5.5), 0.55),
        (ValueEncoding.U8, Quantity.CO2, b"\xf0", 24),
        (ValueEncoding.I8, Quantity.TEMPERATURE, b"\xf0", -1.6),
        (ValueEncoding.U16, Quantity.CO2, b"\xf0\xff", 6552),
        (ValueEncoding.I16, Quantity.TEMPERATURE, b"\xf0\xff", -1.6),
        (ValueEncoding.U32, Quantity.GAS, b"\xf0\xff\xff\xff", 429_496_728),
        (ValueEncoding.I32, Quantity.TEMPERATURE, b"\xf0\xff\xff\xff", -1.6),
        (ValueEncoding.FIRST_BYTE, Quantity.HUMIDITY, b"\xf0", 24),
    ],
)
def test_every_encoding_is_little_endian_and_of_one_length(
    encoding: ValueEncoding, quantity: Quantity, data: bytes, number: float
) -> None:
    layout = [GattCharacteristic("x", quantity, encoding, scale=0.1)]
    assert getattr(decode(layout, {"x": data}).measurement, quantity) == number
    if encoding is not ValueEncoding.FIRST_BYTE:
        for wrong in (data[:-1], data + b"\x00"):
            assert decode(layout, {"x": wrong}).faults == (
                ValueFault(quantity, f"{len(wrong)} bytes are not one {encoding}"),
            )


@pytest.mark.parametrize(
    ("quantity", "data", "why"),
    [
        (Quantity.TEMPERATURE, b"", "0 bytes"),
        (Quantity.TEMPERATURE, b"\x00\x00\x00", "3 bytes"),
        (Quantity.TEMPERATURE, bytes(5), "5 bytes"),
        (Quantity.TEMPERATURE, struct.pack("<f", math.nan), "not a number"),
        (Quantity.TEMPERATURE, struct.pack("<f", -math.inf), "not a number"),
        (Quantity.TEMPERATURE, struct.pack("<f", 85.5), "not within"),
        (Quantity.PRESSURE, struct.pack("<f", 0.0), "not within"),
        (Quantity.HUMIDITY, b"", "0 bytes"),
        (Quantity.HUMIDITY, b"\x65", "not within"),
        (Quantity.CO2, struct.pack("<i", -1), "not within"),
        (Quantity.GAS, b"\xff\xff\xff\xff", "not within"),
        (Quantity.NH3, bytes(8), "8 bytes"),
    ],
)
def test_what_cannot_be_a_value_is_none_and_says_why(quantity: Quantity, data: bytes, why: str) -> None:
    decoded = decode(NICLA, with_value(quantity, data))

    assert getattr(decoded.measurement, quantity) is None
    (fault,) = decoded.faults
    assert fault.quantity is quantity
    assert why in fault.why
    others = asdict(decode(NICLA, REAL).measurement) | {quantity.value: None}
    assert asdict(decoded.measurement) == others


def test_a_characteristic_that_was_not_read_is_missing() -> None:
    decoded = decode(NICLA, {})

    assert decoded.measurement == Measurement()
    assert decoded.faults == tuple(ValueFault(quantity, "not read") for quantity in Quantity)


@given(st.dictionaries(st.sampled_from(list(UUID.values())), st.binary(max_size=12)))
def test_no_bytes_crash_it_or_make_it_invent_a_number(raw: dict[str, bytes]) -> None:
    decoded = decode(NICLA, raw)

    faulty = {fault.quantity for fault in decoded.faults}
    for quantity in Quantity:
        value = getattr(decoded.measurement, quantity)
        assert (value is None) == (quantity in faulty)
        assert value is None or quantity.traits.low <= value <= quantity.traits.high


@given(st.floats(-40, 85, width=32))
def test_temperatures_are_kept_to_a_hundredth(value: float) -> None:
    kept = decode(NICLA, with_value(Quantity.TEMPERATURE, struct.pack("<f", value))).measurement.temperature

    assert kept is not None
    assert abs(kept - value) <= 0.005001
    assert kept == round(kept, 2)


@given(st.integers(0, 100), st.binary(max_size=8))
def test_humidity_is_the_first_byte_whatever_follows(humidity: int, tail: bytes) -> None:
    measurement = decode(NICLA, with_value(Quantity.HUMIDITY, bytes([humidity]) + tail)).measurement

    assert measurement.humidity == humidity


def test_another_layout_scales_what_it_reads() -> None:
    layout = [
        GattCharacteristic("t", Quantity.TEMPERATURE, ValueEncoding.I16, 0.01),
        GattCharacteristic("h", Quantity.HUMIDITY, ValueEncoding.U16, 0.01),
    ]

    decoded = decode(layout, {"t": struct.pack("<h", -1234), "h": struct.pack("<H", 5555)})

    assert decoded.measurement == Measurement(temperature=-12.34, humidity=56)
    assert decoded.faults == ()


def test_a_rounded_zero_has_no_sign() -> None:
    assert str(check(Quantity.TEMPERATURE, -0.001)) == "0.0"
