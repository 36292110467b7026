import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.bthome import DecodedPacket, SealedPacket, decode, parse_keys, unwrap
from befresh_agent.domain.container import Address
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.errors import InvalidValue

SHELLY = Address("54:48:E6:8F:80:A5")


@pytest.mark.parametrize(
    ("packet", "said"),
    [
        ("40 02ca09 03bf13", Measurement(temperature=25.06, humidity=51)),
        ("44 02ca09 2e23", Measurement(temperature=25.06, humidity=35)),
        ("40 451101", Measurement(temperature=27.3)),
        ("40 57ea", Measurement(temperature=-22)),
        ("40 58ea", Measurement(temperature=-7.7)),
        ("40 04138a01", Measurement(pressure=1008.83)),
        ("40 12e204", Measurement(co2=1250)),
        ("40 0161 02ca09 0c020c 02c409", Measurement(temperature=25.06)),
        ("40 53 04 74657374 02ca09", Measurement(temperature=25.06)),
        ("40 54 03 020000 02ca09", Measurement(temperature=25.06)),
        ("40 4b138a01", Measurement()),
        ("40 02ca09 7711", Measurement(temperature=25.06)),
        ("40 02ca09 03bf", Measurement(temperature=25.06)),
        ("40 02ff7f 2eff", Measurement()),
        ("40", Measurement()),
    ],
    ids=[
        "the format's own example",
        "triggered",
        "tenths",
        "whole degrees",
        "0.35 degrees",
        "pressure",
        "co2",
        "two temperatures",
        "behind a text",
        "behind raw bytes",
        "a gas meter",
        "then an unknown object",
        "then one cut short",
        "impossible values",
        "nothing",
    ],
)
def test_what_a_packet_says(packet: str, said: Measurement) -> None:
    objects = unwrap(bytes.fromhex(packet), SHELLY)

    assert isinstance(objects, bytes)
    assert decode(objects).measurement == said


def test_battery_and_packet_number_are_told_too() -> None:
    assert decode(bytes.fromhex("0009 0161 02ca09")) == DecodedPacket(Measurement(temperature=25.06), 9, 97)
    assert decode(bytes.fromhex("01ff")).battery_percent is None


def test_what_is_left_out_is_told() -> None:
    assert decode(bytes.fromhex("02ff7f")).faults == ("temperature: 327.67 is not within -40 to 85",)
    assert decode(bytes.fromhex("7701")).faults == ("object 0x77 is unknown",)
    assert decode(bytes.fromhex("0201")).faults == ("object 0x02 is cut short",)
    assert decode(bytes.fromhex("53")).faults == ("object 0x53 is unknown",)
    assert decode(bytes.fromhex("5309")).faults == ("object 0x53 is cut short",)


def test_an_encrypted_packet_is_taken_apart() -> None:
    sealed = unwrap(bytes.fromhex("41 a47266c95f73 00112233 78237214"), SHELLY)

    nonce = bytes.fromhex("5448e68f80a5 d2fc 41 00112233")
    assert sealed == SealedPacket(nonce, bytes.fromhex("a47266c95f73 78237214"), 0x33221100)


@pytest.mark.parametrize("packet", ["", "00", "20 0201", "60 02ca09", "41", "41 00112233 78237214"])
def test_what_is_no_packet_is_refused(packet: str) -> None:
    with pytest.raises(InvalidValue):
        unwrap(bytes.fromhex(packet), SHELLY)


@given(st.binary(max_size=64))
def test_whatever_is_sent_every_value_is_possible(packet: bytes) -> None:
    try:
        objects = unwrap(packet, SHELLY)
    except InvalidValue:
        return
    said = decode(objects if isinstance(objects, bytes) else objects.sealed).measurement
    for quantity in Quantity:
        value = getattr(said, quantity)
        assert value is None or quantity.traits.low <= value <= quantity.traits.high


def test_keys_are_words_of_address_and_digits() -> None:
    key = "231d39c1d7cc1ab1aee224cd096db932"

    assert parse_keys("") == {}
    assert parse_keys(f"{SHELLY}={key}\n 02-00-00-00-00-01={key.upper()} ") == {
        SHELLY: bytes.fromhex(key),
        Address("02:00:00:00:00:01"): bytes.fromhex(key),
    }


@pytest.mark.parametrize("text", ["231d39c1d7cc1ab1aee224cd096db932", f"{SHELLY}=231d39", f"{SHELLY}={'x' * 32}"])
def test_a_wrong_key_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        parse_keys(text)
    assert "231d39" not in str(raised.value)
