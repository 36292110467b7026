import math
import struct
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.gatt import NICLA, PLAUSIBLE, Characteristic, Encoding, Quantity, check, decode
from befresh_agent.domain.reading import Measurement

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
    assert {fault.quantity for fault in decoded.faults} == set(Quantity)


@given(st.dictionaries(st.sampled_from(list(UUID.values())), st.binary(max_size=12)))
def test_no_bytes_crash_it_or_make_it_invent_a_number(raw: dict[str, bytes]) -> None:
    decoded = decode(NICLA, raw)

    faulty = {fault.quantity for fault in decoded.faults}
    for quantity, (low, high) in PLAUSIBLE.items():
        value = getattr(decoded.measurement, quantity)
        assert (value is None) == (quantity in faulty)
        assert value is None or low <= value <= high


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
        Characteristic("t", Quantity.TEMPERATURE, Encoding.I16, 0.01),
        Characteristic("h", Quantity.HUMIDITY, Encoding.U16, 0.01),
    ]

    decoded = decode(layout, {"t": struct.pack("<h", -1234), "h": struct.pack("<H", 5555)})

    assert decoded.measurement == Measurement(temperature=-12.34, humidity=56)
    assert decoded.faults == ()


def test_a_rounded_zero_has_no_sign() -> None:
    assert str(check(Quantity.TEMPERATURE, -0.001)) == "0.0"
