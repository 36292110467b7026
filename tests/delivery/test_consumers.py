"""Fault 19: whatever the agent can send, the existing consumers can read; what they choke on cannot be sent."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.messages import food_body, sensor_body
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.errors import InvalidValue
from tests.delivery.bench import bench, kafka_settings, measure, register
from tests.delivery.consumers import FoodRegister, Poison, food_registrations, sensor_points
from tests.delivery.mock_kafka import MockKafka
from tests.delivery.reader import read_all

AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
addresses = st.from_regex(r"\A([0-9A-F]{2}:){5}[0-9A-F]{2}\Z").map(Address)
measurements = st.builds(
    Measurement,
    st.none() | st.floats(),
    st.none() | st.integers(),
    st.none() | st.floats(),
    st.none() | st.integers(),
    st.none() | st.integers(),
    st.none() | st.integers(),
)
moments = st.datetimes(timezones=st.just(UTC))


@given(taken=st.lists(st.builds(Reading, addresses, moments, measurements), min_size=1), day=st.dates())
def test_fault_19_every_batch_is_read_in_full(taken: list[Reading], day: date) -> None:
    points = sensor_points(sensor_body(17, taken, day))
    assert len(points) == len(taken)
    assert {point.fridge for point in points} == {"17"}


@given(kind=st.sampled_from(FoodType), name=st.text(), address=st.none() | addresses, expires=st.none() | st.dates())
def test_fault_19_a_food_is_read_as_it_was_meant_or_never_sent(
    kind: FoodType, name: str, address: Address | None, expires: date | None
) -> None:
    item = FoodItem("id", kind, name, AT, address, expires)
    try:
        body = food_body(17, [item])
    except InvalidValue:
        return
    fridge, (food,) = food_registrations(body)
    assert fridge == 17
    assert food == FoodRegister(
        name,
        int(kind),
        expires if kind is FoodType.PACKAGED else None,
        address if kind is FoodType.CONTAINER else None,
    )


async def test_fault_19_what_comes_out_of_the_broker_is_read(broker: MockKafka, path: Path) -> None:
    async with bench(path, kafka_settings(broker.bootstrap)) as desk:
        await register(desk.store, "김치", "우유")
        await measure(desk.store, 2)
        desk.start()
        await desk.drained()
    records = await read_all(broker.bootstrap)
    assert food_registrations(records[0].body) == (17, [FoodRegister("김치", 3), FoodRegister("우유", 3)])
    assert sum(len(sensor_points(record.body)) for record in records[1:]) == 6


@pytest.mark.parametrize(
    "change",
    [
        {"expirationDate": "2026/12/01"},
        {"expirationDate": "20261201"},
        {"expirationDate": "2026-12-01 00:00"},
        {"ftypeId": float("nan")},
        {"name": ""},
        {"name": None},
    ],
)
def test_the_strict_consumer_is_strict(change: dict[str, object]) -> None:
    good = {"name": "우유", "ftypeId": 2, "expirationDate": "2026-12-01"}
    assert food_registrations(json.dumps({"refrigeratorId": 17, "foodList": [good]}).encode())
    with pytest.raises(Poison):
        food_registrations(json.dumps({"refrigeratorId": 17, "foodList": [good | change]}).encode())


def test_the_sensor_consumer_needs_its_four_keys() -> None:
    body = json.loads(sensor_body(17, [Reading(Address("FB:89:EB:22:95:84"), AT, Measurement())], AT.date()))
    del body["data"]["FB:89:EB:22:95:84"][0]["data"]["gas"]
    with pytest.raises(Poison):
        sensor_points(json.dumps(body).encode())
