import pytest

from befresh_agent.domain.container import Address
from befresh_agent.domain.gatt import NICLA, GattCharacteristic, ValueEncoding, decode
from befresh_agent.domain.layouts import parse_layouts
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.errors import InvalidValue

BOX, OTHER = Address("FB:89:EB:22:95:84"), Address("02:00:00:00:00:01")
TEMPERATURE = "00002a6e-0000-1000-8000-00805f9b34fb"


def test_a_description_says_where_what_is_read_and_how() -> None:
    layouts = parse_layouts({"CoolBox-": ("2A6E temperature i16 0.01", "0x2a6f humidity u16 0.01")})

    layout = layouts.layout_of(OTHER, "CoolBox-17")
    assert layout[0] == GattCharacteristic(TEMPERATURE, Quantity.TEMPERATURE, ValueEncoding.I16, 0.01)
    raw = {layout[0].uuid: b"\x0c\xff", layout[1].uuid: b"\x2c\x1a"}
    assert decode(layout, raw).measurement == Measurement(temperature=-2.44, humidity=67)


def test_whoever_is_not_described_is_read_like_the_built_in_one() -> None:
    layouts = parse_layouts({"CoolBox-": ("2a6e temperature i16 0.01",)})

    assert layouts.layout_of(BOX, "NiclaSenseME-9584") == NICLA
    assert layouts.described(BOX, "NiclaSenseME-9584") is None


def test_an_address_comes_before_a_name_and_a_longer_name_before_a_shorter() -> None:
    lines = [("2a6e temperature i16",), ("2a6e temperature i16 2",), ("2a6e temperature i16 3",)]
    layouts = parse_layouts({"Cool": lines[0], "CoolBox": lines[1], "fb-89-eb-22-95-84": lines[2]})

    scales = [layouts.layout_of(BOX, "CoolBox")[0].scale, layouts.layout_of(OTHER, "CoolBox")[0].scale]
    assert [*scales, layouts.layout_of(OTHER, "Cooler")[0].scale] == [3, 2, 1]


def test_every_field_and_type_goes_by_the_name_in_the_handbook() -> None:
    fields = ["temperature", "humidity", "pressure", "co2", "gas", "nh3"]
    types = ["f32", "u8", "i8", "u16", "i16", "u32", "i32", "first-byte"]
    for place, name in enumerate(types):
        (one,) = parse_layouts({"Box": (f"2a6e {fields[place % 6]} {name}",)}).layout_of(BOX, "Box")
        assert (str(one.quantity), str(one.encoding), one.scale) == (fields[place % 6], name, 1.0)


@pytest.mark.parametrize(
    ("written", "full"),
    [
        ("2A6E", "00002a6e-0000-1000-8000-00805f9b34fb"),
        ("0x2a6e", "00002a6e-0000-1000-8000-00805f9b34fb"),
        ("12345678", "12345678-0000-1000-8000-00805f9b34fb"),
        ("0X1234abCD", "1234abcd-0000-1000-8000-00805f9b34fb"),
    ],
)
def test_short_uuids_are_bluetooths_own(written: str, full: str) -> None:
    (one,) = parse_layouts({"Box": (f"{written} gas u32",)}).layout_of(BOX, "Box")
    assert one.uuid == full


def test_full_uuids_are_taken_as_they_are() -> None:
    (one,) = parse_layouts({"Box": ("19B10000-2001-537E-4F6C-D104768A1214 gas u32",)}).layout_of(BOX, "Box")
    assert one.uuid == "19b10000-2001-537e-4f6c-d104768a1214"


@pytest.mark.parametrize(
    ("table", "why"),
    [
        ({"Box": ()}, "Box has no characteristics"),
        ({" ": ("2a6e temperature i16",)}, "an address or the beginning of a name"),
        ({"Box": ("2a6e temperature",)}, "Box, line 1: write `UUID FIELD TYPE"),
        ({"Box": ("2a6e temperature i16 0.01 °C",)}, "Box, line 1: write `UUID FIELD TYPE"),
        ({"Box": ("2a6e temperature i16", "2a6 humidity u8")}, "Box, line 2: '2a6' is not a UUID"),
        ({"Box": ("2a6e temprature i16",)}, "'temprature' is none of temperature, humidity"),
        ({"Box": ("2a6e temperature i17",)}, "'i17' is none of f32, u8"),
        ({"Box": ("2a6e temperature i16 0",)}, "'0' is not a scale"),
        ({"Box": ("2a6e temperature i16 nan",)}, "'nan' is not a scale"),
        ({"Box": ("2a6e temperature i16 inf",)}, "'inf' is not a scale"),
        ({"Box": ("2a6e temperature i16 ten",)}, "'ten' is not a scale"),
        ({"Box": ("2a6e6 temperature i16",)}, "'2a6e6' is not a UUID"),
        ({"Box": ("19b10000-2001-537e-4f6c-d104768a12144 gas u32",)}, "a12144' is not a UUID"),
        ({"Box": ("2a6e temperature i16", "2a6f temperature i16")}, "line 2: temperature is there twice"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(table: dict[str, tuple[str, ...]], why: str) -> None:
    with pytest.raises(InvalidValue) as raised:
        parse_layouts(table)
    assert why in str(raised.value)
