import json
from dataclasses import fields

from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain import stored
from befresh_agent.domain.messages import values_of
from befresh_agent.domain.quantities import Measurement, Prominence, Quantity, check, restored, shown, written
from befresh_agent.i18n.words import name_of
from tests.unit.domain.test_stored import junk

NAMES = [quantity.value for quantity in Quantity]
values = st.fixed_dictionaries(
    {},
    optional={
        quantity.value: st.one_of(
            junk, st.floats(quantity.traits.low, quantity.traits.high), st.integers(0, int(quantity.traits.high))
        )
        for quantity in Quantity
    },
)
unknown = st.dictionaries(st.text(max_size=8).filter(lambda name: name not in NAMES), junk, max_size=4)


def test_the_fields_of_a_measurement_are_the_quantities_in_their_order() -> None:
    assert [field.name for field in fields(Measurement)] == NAMES


@given(values, unknown)
def test_what_another_release_stored_is_read_as_far_as_it_is_understood(
    known: dict[str, object], foreign: dict[str, object]
) -> None:
    found = restored({**foreign, **known})
    assert found == restored(known)
    for quantity in Quantity:
        value, was = found.of(quantity), known.get(quantity)
        assert value is None or value == was, "a number that nobody stored"
        if isinstance(was, int) and not isinstance(was, bool) and abs(was) < 2**53:
            assert value == was, "a number that was lost"
        if not isinstance(was, int | float) or isinstance(was, bool):
            assert value is None


@given(values)
def test_what_this_release_stores_it_reads_back(known: dict[str, object]) -> None:
    checked = {
        quantity: value
        for quantity in Quantity
        if (number := stored.number(known.get(quantity))) is not None
        and not isinstance(value := check(quantity, number), str)
    }
    measured = restored({quantity.value: value for quantity, value in checked.items()})
    kept = values_of(measured).to_bytes().decode()
    assert restored(stored.members(kept) or {}) == measured
    assert list(json.loads(kept)) == NAMES


def test_whole_values_stay_whole_and_others_need_not_be() -> None:
    assert [type(check(quantity, 50.0)) for quantity in (Quantity.HUMIDITY, Quantity.TEMPERATURE)] == [int, float]
    found = restored({"temperature": 4.5, "pressure": 1009.83, "humidity": 61})
    assert found == Measurement(temperature=4.5, pressure=1009.83, humidity=61)


def test_people_read_values_in_their_own_units() -> None:
    assert written(Quantity.GAS, 101_700) == "101.7"
    assert written(Quantity.TEMPERATURE, 33.95) == "34.0"
    assert written(Quantity.NH3, 18) == "18"


def test_what_is_seen_at_a_glance_is_shown_elsewhere_too() -> None:
    assert set(shown(Prominence.GLANCE)) < set(shown()) < set(shown(Prominence.KEPT)) == set(Quantity)


def test_every_name_is_there_in_korean() -> None:
    for quantity in Quantity:
        assert name_of(quantity, "ko") != name_of(quantity, "en") == quantity.traits.label
