import json
import math
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from importlib import resources
from typing import Any, get_args
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from pydantic import ValidationError

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.domain.food_names import LONGEST, PATTERN, clean_name, kept_name, typed_name
from befresh_agent.domain.message_schemas import schemas
from befresh_agent.domain.messages import (
    FOOD_TYPE,
    FRESHNESS_TYPE,
    HEARTBEAT_TYPE,
    REMOVED_TYPE,
    ROWS_PER_MESSAGE,
    SENSOR_TYPE,
    Headers,
    MessageKind,
    food_body,
    food_entry,
    removed_body,
    removed_food,
    sensor_body,
    values_of,
)
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.wire_types import WireModel, compact
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
    assert food_body(
        17, [container(), replace(packaged(), product="08801234567893", lot="A-17"), general()]
    ).decode() == (
        '{"refrigeratorId":17,"foodList":['
        '{"itemId":"a","name":"김치","ftypeId":1,"qrId":"FB:89:EB:22:95:84"},'
        '{"itemId":"b","gtin":"08801234567893","lot":"A-17","name":"우유","ftypeId":2,"expirationDate":"2026-12-01"},'
        '{"itemId":"c","name":"사과","ftypeId":3}]}'
    )


@pytest.mark.parametrize("lot", ["", "x" * 21, "a\nb", "abc\n"])
def test_a_number_or_a_lot_that_no_pack_has_keeps_no_food_from_travelling(lot: str) -> None:
    food = check("food-regist", food_body(17, [replace(packaged(), product="88O1", lot=lot)]))["foodList"][0]
    assert set(food) == {"itemId", "name", "ftypeId", "expirationDate"}


def test_batch_has_the_exact_shape() -> None:
    reading = Reading(BOX, AT, Measurement(4.5, 61, 1009.8, 537, 101700, 0))
    assert sensor_body(17, [reading], date(2026, 11, 21)).decode() == (
        '{"execute_time":"2026-11-21","refrigeratorId":17,"data":{"FB:89:EB:22:95:84":['
        '{"time":"2026-11-21 09:30","at":"2026-11-21T09:30:00+09:00",'
        '"data":{"temperature":4.5,"humidity":61,"pressure":1009.8,'
        '"co2":537,"gas":101700,"nh3":0}}]}}'
    )


def test_what_was_taken_out_has_the_exact_shape() -> None:
    milk, bare = replace(packaged(), id=uuid7(AT)), replace(general(None), id=uuid7(AT))
    body = removed_body(17, [removed_food(milk, AT + timedelta(minutes=10, seconds=1))])
    check("food-removed", body)
    assert body.decode() == (
        f'{{"refrigeratorId":17,"removedList":[{{"itemId":"{milk.id}","name":"우유","ftypeId":2,'
        '"removedAt":"2026-11-21T09:40:01+09:00"}]}'
    )
    with pytest.raises(InvalidValue, match=f"item {bare.id} cannot travel: name cannot be ''"):
        removed_food(bare, AT)
    with pytest.raises(InvalidValue, match=r"no removal: removedList cannot be '\[\]'"):
        removed_body(17, [])


def test_every_kind_of_message_has_the_name_that_consumers_know() -> None:
    names = (
        "befresh.food.registered.v1",
        "befresh.sensor.batch.v1",
        "befresh.food.removed.v1",
        "befresh.container.freshness.v1",
        "befresh.fridge.heartbeat.v1",
    )
    assert (FOOD_TYPE, SENSOR_TYPE, REMOVED_TYPE, FRESHNESS_TYPE, HEARTBEAT_TYPE) == names == get_args(MessageKind)


class Parcel(WireModel):
    weight: float


@pytest.mark.parametrize("content", [{"weight": math.nan}, {"weight": math.inf}, {"weight": 1.0, "more": 1}, {}])
def test_nothing_travels_that_is_no_number_or_that_nobody_knows(content: dict[str, float]) -> None:
    assert Parcel(weight=1.5).to_bytes() == b'{"weight":1.5}'
    with pytest.raises(ValidationError):
        Parcel.model_validate(content)


def test_what_was_measured_does_not_change_once_it_is_to_travel() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(values_of(Measurement(4.5)), "temperature", 5.5)  # noqa: B010  # a member that no type tells


@pytest.mark.parametrize(
    ("zone", "shift"),
    [
        ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 6, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),  # by half an hour
    ],
)
def test_the_hour_that_comes_twice_is_told_apart(zone: str, shift: datetime) -> None:
    moments = [shift + timedelta(minutes=minutes) for minutes in range(-90, 90, 10)]
    taken = [Reading(BOX, moment.astimezone(ZoneInfo(zone)), Measurement(4.5)) for moment in moments]
    samples = check("sensor-data", sensor_body(17, taken, shift.date()))["data"][BOX]
    assert [datetime.fromisoformat(sample["at"]) for sample in samples] == moments
    assert all(sample["at"][:16].replace("T", " ") == sample["time"] for sample in samples)
    assert len({sample["time"] for sample in samples}) < len({sample["at"] for sample in samples})


@pytest.mark.parametrize(
    "zone", [None, timezone(timedelta(hours=5, minutes=45)), timezone(-timedelta(hours=3, seconds=12))]
)
def test_every_time_has_an_offset_that_others_can_read(zone: timezone | None) -> None:
    body = check("sensor-data", sensor_body(17, [Reading(BOX, AT.replace(tzinfo=zone), Measurement(4.5))], AT.date()))
    assert datetime.fromisoformat(body["data"][BOX][0]["at"]).utcoffset() is not None


def test_schemas_have_names_with_versions_and_allow_for_more() -> None:
    assert {schema["$id"] for schema in schemas().values()} == {
        "urn:befresh:food-regist:2",
        "urn:befresh:sensor-data:3",
        "urn:befresh:food-removed:1",
        "urn:befresh:container-freshness:1",
        "urn:befresh:fridge-heartbeat:1",
        "urn:befresh:headers:2",
    }
    body = json.loads(sensor_body(17, [Reading(BOX, AT, Measurement(4.5))], AT.date()))
    body["data"][BOX][0]["later"] = "something"
    check("sensor-data", compact(body | {"later": 1}))


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


names = st.text(min_size=1).map(kept_name).filter(bool)
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


@pytest.mark.parametrize(
    ("field", "most", "too_much"),
    [
        ("temperature", 3.5e38, 3.6e38),
        ("pressure", 3.5e38, 3.6e38),
        ("humidity", 255, 256),
        ("co2", 2**32 - 1, 2**32),
        ("gas", 2**32 - 1, 2**32),
        ("nh3", 2**32 - 1, 2**32),
    ],
)
def test_what_a_consumers_type_holds_travels_and_what_it_does_not_is_null(
    field: str, most: float, too_much: float
) -> None:
    def sent(value: float) -> object:
        reading = Reading(BOX, AT, Measurement(**{field: value}))  # type: ignore[arg-type]
        body = json.loads(sensor_body(17, [reading], AT.date()))
        return body["data"][BOX][0]["data"][field]

    assert [sent(most), sent(0), sent(too_much)] == [most, 0, None]
    assert sent(-1) == (-1 if field in ("temperature", "pressure") else None)
    if field in ("temperature", "pressure"):
        assert [sent(-most), sent(-too_much)] == [-most, None]


def test_what_cannot_travel_is_told_with_its_place_and_at_no_length() -> None:
    with pytest.raises(InvalidValue) as raised:
        food_entry(container(address=Address("F" * 60)))
    assert str(raised.value) == f"item a cannot travel: qrId cannot be '{'F' * 40}'"
    with pytest.raises(InvalidValue) as raised:
        sensor_body(17, [Reading(Address("nobody"), AT, Measurement())], AT.date())
    assert str(raised.value) == "no batch: data.nobody.[key] cannot be 'nobody'"


def test_a_number_is_no_text_and_a_header_does_not_change_once_it_is_made() -> None:
    with pytest.raises(InvalidValue, match="refrigeratorId cannot be '17'"):
        food_body("17", [general()])  # type: ignore[arg-type]
    headers = Headers(
        ce_id=uuid7(AT),
        ce_source="/befresh/fridge/17",
        ce_type=SENSOR_TYPE,
        ce_time=AT.isoformat(),
        ce_sequence="1",
        ce_storeid="s",
    )
    assert headers.ce_type == "befresh.sensor.batch.v1"
    with pytest.raises(ValidationError, match="frozen"):
        headers.ce_id = "another"


def test_korean_travels_readable_and_nothing_that_is_no_number_does() -> None:
    assert compact({"name": "김치", "n": [1, None]}) == '{"name":"김치","n":[1,null]}'.encode()
    with pytest.raises(ValueError, match="not JSON compliant"):
        compact(math.nan)


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
    assert all(isinstance(value, str) for _, value in headers.pairs()), "what there is none of is left out"
    assert dict(headers.pairs())["content-type"] == "application/json"


def test_ids_are_unique_and_sort_by_time() -> None:
    ids = [uuid7(AT + timedelta(seconds=n)) for n in range(1000)]
    assert ids == sorted(ids)
    assert len({uuid7(AT) for _ in range(1000)}) == 1000


@given(st.text(max_size=300))
def test_every_name_that_can_be_given_can_travel(text: str) -> None:
    for give in (typed_name, clean_name):
        try:
            name = give(text)
        except InvalidValue:
            continue
        check("food-regist", food_body(1, [general(name)]))
        assert kept_name(name) == typed_name(name) == name


@pytest.mark.parametrize(
    "name", ["", " ", "a\nb", "a\x1b[31m", " a", "a ", "a\u202eb", "\ufeffa", "김" * (LONGEST + 1)]
)
def test_what_is_no_name_is_refused_by_body_and_schema(name: str) -> None:
    with pytest.raises(InvalidValue, match="cannot travel: name cannot be"):
        food_entry(general(name))
    body = compact({"refrigeratorId": 1, "foodList": [{"name": name, "ftypeId": 3}]})
    with pytest.raises(jsonschema.ValidationError):
        check("food-regist", body)


@given(st.text(max_size=300))
def test_a_name_kept_before_the_rule_is_made_to_fit(text: str) -> None:
    if (name := kept_name(text)) is not None:
        assert re.search(PATTERN, name)
        assert len(name) <= LONGEST
