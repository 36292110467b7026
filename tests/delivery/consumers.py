"""Consumers as the backend's are described: one that reads sensor data in Python, one that parses strict records.

Neither knows this project's code. Whatever one of them chokes on would stop a partition for every fridge on it.
"""

import json
import math
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, get_type_hints


class Poison(Exception):
    """The consumer cannot go on past this record."""


@dataclass(frozen=True)
class Point:
    """A row for the time series database."""

    fridge: str
    qr_id: str
    at: datetime
    temperature: float | None
    humidity: float | None
    gas: float | None
    nh3: float | None


def sensor_points(body: bytes) -> list[Point]:
    """The Python consumer: walks `data` and takes four keys without asking."""
    try:
        message = json.loads(body)
        return [
            Point(
                str(message["refrigeratorId"]),
                address,
                datetime.strptime(sample["time"], "%Y-%m-%d %H:%M"),  # noqa: DTZ007  # as the consumer does it
                *(sample["data"][key] for key in ("temperature", "humidity", "gas", "nh3")),
            )
            for address, samples in message["data"].items()
            for sample in samples
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise Poison(repr(error)) from error


@dataclass(frozen=True)
class FoodRegister:
    """The record of one food."""

    name: str
    ftypeId: int
    expirationDate: date | None = None
    qrId: str | None = None


def food_registrations(body: bytes) -> tuple[int, list[FoodRegister]]:
    """The strict record parser: refuses NaN, dates that are not plain ISO dates, and any other structure."""

    def refuse(token: str) -> Any:
        raise Poison(f"{token} is not JSON")

    try:
        message = json.loads(body, parse_constant=refuse)
        if set(message) != {"refrigeratorId", "foodList"} or not isinstance(message["refrigeratorId"], int):
            raise Poison("unknown structure")
        return message["refrigeratorId"], [_food(food) for food in message["foodList"]]
    except (KeyError, TypeError, ValueError) as error:
        raise Poison(repr(error)) from error


def _food(food: dict[str, Any]) -> FoodRegister:
    known = {field.name for field in fields(FoodRegister)}
    values = {name: value for name, value in food.items() if name in known}  # as Spring's parser does
    if "expirationDate" in values:
        text = values["expirationDate"]
        values["expirationDate"] = date.fromisoformat(text)
        if values["expirationDate"].isoformat() != text:
            raise Poison(f"{text} is not a plain date")
    made = FoodRegister(**values)
    for name, kind in get_type_hints(FoodRegister).items():
        if not isinstance(getattr(made, name), kind):
            raise Poison(f"{name} is {getattr(made, name)!r}")
    if not made.name.strip() or math.isnan(made.ftypeId):
        raise Poison("a food without a name")
    return made


def as_before(foods: Any) -> list[dict[str, Any]]:
    """What whoever knows no ids sees of foods, each of which must have an id of its own."""
    assert len({food["itemId"] for food in foods}) == len(foods)
    later = ("itemId", "gtin", "lot")
    return [{name: value for name, value in food.items() if name not in later} for food in foods]
