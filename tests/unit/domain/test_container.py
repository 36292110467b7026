import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.container import address_in_code, parse_address
from befresh_agent.errors import InvalidValue

PAIRS = st.lists(st.integers(0, 255), min_size=6, max_size=6)


@pytest.mark.parametrize("text", ["FB:89:EB:22:95:84", "fb:89:eb:22:95:84", " fb-89-eb-22-95-84 "])
def test_an_address_has_one_canonical_form(text: str) -> None:
    assert parse_address(text) == "FB:89:EB:22:95:84"


@pytest.mark.parametrize("text", ["", "FB:89:EB:22:95", "FB:89:EB:22:95:84:00", "FB:89:EB:22:95:8G", "FB89EB229584"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="not a Bluetooth address"):
        parse_address(text)


def test_a_line_break_inside_is_refused() -> None:
    with pytest.raises(InvalidValue):
        parse_address("FB:89:EB:22:95:84\nX")


@pytest.mark.parametrize("address", ["00:00:00:00:00:00", "ff-ff-ff-ff-ff-ff"])
def test_nobodys_address_and_everybodys_are_no_containers(address: str) -> None:
    with pytest.raises(InvalidValue, match="no container's address"):
        parse_address(address)
    assert address_in_code(json.dumps({"bt_address": address})) is None


@given(PAIRS.filter(lambda pairs: set(pairs) not in ({0}, {255})))
def test_every_address_survives_its_qr_code(pairs: list[int]) -> None:
    address = ":".join(f"{pair:02X}" for pair in pairs)

    assert address_in_code(json.dumps({"bt_address": address.lower(), "owner": "somebody"})) == address


@pytest.mark.parametrize(
    "payload",
    [
        "https://example.org/kimchi",
        "{}",
        '{"bt_address": 5}',
        '{"bt_address": null}',
        '{"bt_address": ["FB:89:EB:22:95:84"]}',
        '["FB:89:EB:22:95:84"]',
        '"FB:89:EB:22:95:84"',
        '{"bt_address": "FB:89:EB:22:95:84"',
        '{"bt_address": "' + "F" * 5000 + '"}',
        "[" * 4000,
    ],
)
def test_any_other_code_is_simply_not_a_container(payload: str) -> None:
    assert address_in_code(payload) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("bt_address"), inner),
)


@pytest.mark.slow
@given(json_values | st.text("0123456789ABCDEFabcdef:- ", max_size=20), json_values)
def test_any_json_gives_a_canonical_address_or_none(value: object, other: object) -> None:
    address = address_in_code(json.dumps({"bt_address": value, "other": other}))

    assert address is None or parse_address(address) == address == parse_address(str(value))


@given(st.text(max_size=300))
def test_no_code_crashes_it(payload: str) -> None:
    assert address_in_code(payload) is None or "bt_address" in payload
