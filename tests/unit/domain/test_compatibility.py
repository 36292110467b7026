"""Yesterday's consumers take today's bodies, and today's take yesterday's: topics keep both side by side."""

import json
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from befresh_agent.domain.container import Address
from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.domain.message_schemas import schemas
from befresh_agent.domain.messages import FOOD_TYPE, SENSOR_TYPE, Headers, food_body, sensor_body
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from tests.delivery.consumers import food_registrations, sensor_points

BEFORE = Path(__file__).parents[2] / "fixtures" / "schemas"
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BOX = Address("FB:89:EB:22:95:84")
VALUES = {"temperature": 4.5, "humidity": 61, "pressure": 1009.8, "co2": 537, "gas": 101700, "nh3": 0}

YESTERDAYS: dict[str, list[dict[str, Any]]] = {
    "food-regist": [
        {
            "refrigeratorId": 17,
            "foodList": [
                {"name": "김치", "ftypeId": 1, "qrId": BOX},
                {"name": "우유", "ftypeId": 2, "expirationDate": "2026-12-01"},
                {"name": "사과", "ftypeId": 3},
            ],
        }
    ],
    "sensor-data": [
        {"execute_time": "2026-11-21", "refrigeratorId": 17, "data": {BOX: [sample]}}
        for sample in (
            {"time": "2026-11-21 09:30", "data": VALUES},
            {"time": "2026-11-21 09:30", "at": "2026-11-21T09:30:00+09:00", "data": VALUES},
        )
    ],
    "headers": [
        {
            "ce_specversion": "1.0",
            "ce_id": uuid7(AT),
            "ce_source": "/befresh/fridge/17",
            "ce_type": kind,
            "ce_time": "2026-11-21T09:30:00+09:00",
            "content-type": "application/json",
            "ce_sequence": "1",
            "ce_storeid": "s",
        }
        for kind in (FOOD_TYPE, SENSOR_TYPE)
    ],
}


def todays() -> dict[str, list[dict[str, Any]]]:
    milk = FoodItem(uuid7(AT), FoodType.PACKAGED, "우유", AT, expires_on=date(2026, 12, 1))
    kimchi = FoodItem(uuid7(AT), FoodType.CONTAINER, "김치", AT, address=BOX)
    foods = food_body(17, [replace(milk, product="08801234567893", lot="A-17"), kimchi])
    reading = Reading(BOX, AT, Measurement(4.5, 61, 1009.8, 537, 101700, 0))
    headers = Headers(
        ce_id=uuid7(AT),
        ce_source="/befresh/fridge/17",
        ce_type=FOOD_TYPE,
        ce_time=AT.isoformat(),
        ce_sequence="1",
        ce_storeid="s",
        ce_sealhead="2026-11-20.144." + "0" * 64 + "." + "0" * 128,
    )
    return {
        "food-regist": [json.loads(foods)],
        "sensor-data": [json.loads(sensor_body(17, [reading], AT.date()))],
        "headers": [dict(headers.pairs())],
    }


def check(schema: dict[str, Any], body: dict[str, Any]) -> None:
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)


@pytest.mark.parametrize("file", sorted(BEFORE.iterdir()), ids=lambda file: file.name)
def test_yesterday_s_consumers_take_today_s_bodies(file: Path) -> None:
    schema = json.loads(file.read_text())
    assert schema["$id"] == "urn:befresh:" + ":".join(file.name.split(".")[:2])
    for body in todays()[file.name.split(".")[0]]:
        check(schema, body)


@pytest.mark.parametrize("name", sorted(YESTERDAYS))
def test_today_s_consumers_take_yesterday_s_bodies(name: str) -> None:
    for body in [*YESTERDAYS[name], *todays()[name]]:
        check(schemas()[f"{name}.schema.json"], body)


@pytest.mark.parametrize("file", sorted(BEFORE.iterdir()), ids=lambda file: file.name)
def test_a_schema_that_changed_has_a_new_version_and_never_asks_for_more(file: Path) -> None:
    before, now = json.loads(file.read_text()), schemas()[f"{file.name.split('.')[0]}.schema.json"]
    assert before == now or _version(now) > _version(before)
    for name, definition in {**before.get("$defs", {}), "": before}.items():
        today = now["$defs"][name] if name else now
        assert set(definition["properties"]) <= set(today["properties"])
        assert set(today["required"]) <= set(definition["required"])


def test_the_backend_s_own_consumers_take_today_s_bodies() -> None:
    bodies = todays()
    fridge, foods = food_registrations(json.dumps(bodies["food-regist"][0]).encode())
    assert (fridge, [food.name for food in foods]) == (17, ["우유", "김치"])
    assert len(sensor_points(json.dumps(bodies["sensor-data"][0]).encode())) == 1


def test_today_s_bodies_are_the_original_ones_and_what_the_contract_adds() -> None:
    (foods,), (readings,) = todays()["food-regist"], todays()["sensor-data"]
    added = [{name: food.pop(name) for name in ("itemId", "gtin", "lot") if name in food} for food in foods["foodList"]]
    assert [sorted(names) for names in added] == [["gtin", "itemId", "lot"], ["itemId"]]
    kimchi, milk, _ = YESTERDAYS["food-regist"][0]["foodList"]
    assert foods == {"refrigeratorId": 17, "foodList": [milk, kimchi]}
    (sample,) = readings["data"][BOX]
    assert datetime.fromisoformat(sample.pop("at")) == AT
    local = AT.astimezone().strftime("%Y-%m-%d %H:%M")
    assert readings == YESTERDAYS["sensor-data"][0] | {"data": {BOX: [{"time": local, "data": VALUES}]}}


def _version(schema: dict[str, Any]) -> int:
    return int(re.sub(r".*:", "", schema["$id"]))
