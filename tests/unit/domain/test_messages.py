import json
import math
from datetime import UTC, date, datetime, timedelta, timezone
from importlib import resources
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.ids import uuid7
from befresh_agent.domain.messages import (
    FOOD_TYPE,
    ROWS_PER_MESSAGE,
    Headers,
    compact,
    food_body,
    food_entry,
    schemas,
    sensor_body,
)
from befresh_agent.domain.reading import Measurement, Reading
from befresh_agent.errors import InvalidValue

BOX = Address("FB:89:EB:22:95:84")
AT = datetime(2026, 11, 21, 9, 30, tzinfo=timezone(timedelta(hours=9)))


def published(name: str) -> dict[str, Any]:
    text = resources.files("befresh_agent").joinpath("schemas", f"{name}.schema.json").read_text()
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def check(name: str, body: bytes) -> Any:
    def refuse(token: str) -> None:
        raise AssertionError(f"{token} is not JSON")

    value = json.loads(body, parse_constant=refuse)
    Draft202012Validator(published(name), format_checker=FormatChecker()).validate(value)
    return value


def container(name: str | None = "김치", address: Address | None = BOX) -> FoodItem:
    return FoodItem("a", FoodType.CONTAINER, name, AT, address=address)


def packaged(name: str | None = "우유", expires_on: date | None = date(2026, 12, 1)) -> FoodItem:
    return FoodItem("b", FoodType.PACKAGED, name, AT, expires_on=expires_on)


def general(name: str | None = "사과") -> FoodItem:
    return FoodItem("c", FoodType.GENERAL, name, AT)


def test_registration_has_the_exact_shape() -> None:
    assert food_body(17, [container(), packaged(), general()]).decode() == (
        '{"refrigeratorId":17,"foodList":['
        '{"name":"김치","ftypeId":1,"qrId":"FB:89:EB:22:95:84"},'
        '{"name":"우유","ftypeId":2,"expirationDate":"2026-12-01"},'
        '{"name":"사과","ftypeId":3}]}'
    )


def test_batch_has_the_exact_shape() -> None:
    reading = Reading(BOX, AT, Measurement(4.5, 61, 1009.8, 537, 101700, 0))
    assert sensor_body(17, [reading], date(2026, 11, 21)).decode() == (
        '{"execute_time":"2026-11-21","refrigeratorId":17,"data":{"FB:89:EB:22:95:84":['
        '{"time":"2026-11-21 09:30","data":{"temperature":4.5,"humidity":61,"pressure":1009.8,'
        '"co2":537,"gas":101700,"nh3":0}}]}}'
    )


def test_unread_values_are_present_as_null() -> None:
    body = check("sensor-data", sensor_body(17, [Reading(BOX, AT, Measurement())], AT.date()))
    assert body["data"][BOX][0]["data"] == dict.fromkeys(
        ("temperature", "humidity", "pressure", "co2", "gas", "nh3"), None
    )


@pytest.mark.parametrize(
    "item",
    [
        container(name=None),
        container(name=""),
        general(name=" \t "),
        general(name="\ud800"),
        container(address=None),
        container(address=Address("not an address")),
        packaged(expires_on=None),
    ],
)
def test_an_item_that_cannot_travel_is_refused(item: FoodItem) -> None:
    with pytest.raises(InvalidValue):
        food_entry(item)


def test_empty_messages_are_impossible() -> None:
    with pytest.raises(InvalidValue, match="no registration"):
        food_body(17, [])
    with pytest.raises(InvalidValue, match="no batch"):
        sensor_body(17, [], AT.date())


names = st.text(min_size=1).filter(lambda text: bool(text.strip()) and text.isprintable())
addresses = st.from_regex(r"\A([0-9A-F]{2}:){5}[0-9A-F]{2}\Z").map(Address)
items = st.one_of(
    st.builds(container, names, addresses),
    st.builds(packaged, names, st.dates()),
    st.builds(general, names),
)
numbers = st.one_of(st.none(), st.integers(), st.integers(0, 100))
reals = st.one_of(st.none(), st.floats(), st.floats(-40, 2000))
measurements = st.builds(Measurement, reals, numbers, reals, numbers, numbers, numbers)
moments = st.datetimes(timezones=st.sampled_from([UTC, AT.tzinfo]))
readings = st.lists(st.builds(Reading, addresses, moments, measurements), min_size=1, max_size=20)


@given(fridge=st.integers(0, 10**9), session=st.lists(items, min_size=1, max_size=20))
def test_any_session_gives_a_valid_body(fridge: int, session: list[FoodItem]) -> None:
    value = check("food-regist", food_body(fridge, session))
    assert [food["name"] for food in value["foodList"]] == [item.name for item in session]


@given(fridge=st.integers(0, 10**9), taken=readings, day=st.dates())
def test_any_readings_give_a_valid_body(fridge: int, taken: list[Reading], day: date) -> None:
    value = check("sensor-data", sensor_body(fridge, taken, day))
    assert sum(len(samples) for samples in value["data"].values()) == len(taken)
    for address, samples in value["data"].items():
        expected = [one for one in taken if one.address == address]
        for sample, reading in zip(samples, expected, strict=True):
            temperature = sample["data"]["temperature"]
            assert temperature is None or temperature == reading.values.temperature


@given(taken=readings)
def test_a_body_survives_parsing_and_writing(taken: list[Reading]) -> None:
    body = sensor_body(17, taken, AT.date())
    assert compact(json.loads(body)) == body


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 1e39])
def test_impossible_numbers_become_null(value: float) -> None:
    body = check("sensor-data", sensor_body(17, [Reading(BOX, AT, Measurement(value, 61))], AT.date()))
    assert body["data"][BOX][0]["data"]["temperature"] is None
    assert body["data"][BOX][0]["data"]["humidity"] == 61


def test_the_largest_batch_stays_below_the_broker_limit() -> None:
    widest = Measurement(-1.2345678901234567e-300, 255, -1.2345678901234567e-300, 2**32 - 1, 2**32 - 1, 2**32 - 1)
    taken = [Reading(Address(f"00:00:00:00:{n // 256:02X}:{n % 256:02X}"), AT, widest) for n in range(ROWS_PER_MESSAGE)]
    assert len(sensor_body(2**31, taken, AT.date())) < 900_000


def test_schemas_are_published_as_they_are() -> None:
    for file, schema in schemas().items():
        assert published(file.removesuffix(".schema.json")) == schema, "run scripts/schemas.py"


@given(at=moments, sequence=st.integers(1, 2**63))
def test_headers_are_valid(at: datetime, sequence: int) -> None:
    headers = Headers(
        ce_id=uuid7(at),
        ce_source="/befresh/fridge/17",
        ce_type=FOOD_TYPE,
        ce_time=at.isoformat(timespec="milliseconds"),
        ce_sequence=str(sequence),
        ce_storeid="s",
    )
    check("headers", compact(dict(headers.pairs())))
    assert dict(headers.pairs())["content-type"] == "application/json"


def test_ids_are_unique_and_sort_by_time() -> None:
    ids = [uuid7(AT + timedelta(seconds=n)) for n in range(1000)]
    assert ids == sorted(ids)
    assert len({uuid7(AT) for _ in range(1000)}) == 1000
