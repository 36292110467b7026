"""The two bodies that leave the house and their headers, exactly as the backend's consumers expect them.

In come food items and readings, out come bytes that are valid by construction: strict dates, no NaN, no empty name,
every sensor key present. The published JSON Schemas are made from these models.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.reading import Measurement, Reading
from befresh_agent.errors import InvalidValue

FOOD_TYPE: Final = "befresh.food.registered.v1"
SENSOR_TYPE: Final = "befresh.sensor.batch.v1"
ROWS_PER_MESSAGE = 4000
"""Readings in one message at most: even with the longest values it stays under 900 kB."""

_COUNTER = 2**32 - 1
_FINITE = 3.5e38


def _real_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def _real_minute(text: str) -> str:
    datetime.fromisoformat(text)
    return text


FridgeId = Annotated[int, Field(ge=0)]
FoodName = Annotated[str, Field(min_length=1, pattern=r"[^\s]")]
Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}),
    AfterValidator(_real_day),
]
Minute = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}$"), AfterValidator(_real_minute)]
AddressText = Annotated[str, Field(pattern=r"^([0-9A-F]{2}:){5}[0-9A-F]{2}$")]
Real = Annotated[float, Field(ge=-_FINITE, le=_FINITE)]
Counter = Annotated[int, Field(ge=0, le=_COUNTER)]


class Wire(BaseModel):
    """What travels: nothing is guessed, nothing is extra. Field names are the consumers' own."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        populate_by_name=True,
        json_schema_serialization_defaults_required=True,
    )

    def to_bytes(self) -> bytes:
        """Compact JSON in UTF-8; Korean stays readable."""
        return compact(self.model_dump(by_alias=True))


class ContainerFood(Wire):
    name: FoodName
    ftypeId: Literal[1] = 1
    qrId: AddressText


class PackagedFood(Wire):
    name: FoodName
    ftypeId: Literal[2] = 2
    expirationDate: Day


class GeneralFood(Wire):
    name: FoodName
    ftypeId: Literal[3] = 3


Food = Annotated[ContainerFood | PackagedFood | GeneralFood, Field(discriminator="ftypeId")]


class FoodBody(Wire):
    """Everything registered in one session."""

    refrigeratorId: FridgeId
    foodList: Annotated[list[Food], Field(min_length=1)]


class Values(Wire):
    """One visit's values; every key is always there, null where a value could not be read."""

    temperature: Real | None
    humidity: Annotated[int, Field(ge=0, le=255)] | None
    pressure: Real | None
    co2: Counter | None
    gas: Counter | None
    nh3: Counter | None


class Sample(Wire):
    time: Minute
    """The fridge's local wall clock."""
    data: Values


class SensorBody(Wire):
    """All readings since the last message, by container."""

    execute_time: Day
    refrigeratorId: FridgeId
    data: Annotated[dict[AddressText, Annotated[list[Sample], Field(min_length=1)]], Field(min_length=1)]


class Headers(Wire):
    """CloudEvents 1.0, binary mode; `sequence` has no gaps within a store."""

    ce_specversion: Literal["1.0"] = "1.0"
    ce_id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")]
    ce_source: Annotated[str, Field(pattern=r"^/befresh/fridge/[0-9]+$")]
    ce_type: Literal["befresh.food.registered.v1", "befresh.sensor.batch.v1"]
    ce_time: Annotated[str, Field(json_schema_extra={"format": "date-time"}), AfterValidator(_real_minute)]
    content_type: Annotated[Literal["application/json"], Field(alias="content-type")] = "application/json"
    ce_sequence: Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]
    ce_storeid: Annotated[str, Field(min_length=1)]

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names and values in their order."""
        return tuple(self.model_dump(by_alias=True).items())


def compact(value: object) -> bytes:
    """JSON as it travels: no spaces, no escapes where none are needed, no NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def food_entry(item: FoodItem) -> ContainerFood | PackagedFood | GeneralFood:
    """The item as it travels; `InvalidValue` when it has no name yet or lacks what its type needs."""
    try:
        if item.kind is FoodType.CONTAINER:
            return ContainerFood.model_validate({"name": item.name, "qrId": item.address})
        if item.kind is FoodType.PACKAGED:
            day = item.expires_on.isoformat() if item.expires_on else None
            return PackagedFood.model_validate({"name": item.name, "expirationDate": day})
        return GeneralFood.model_validate({"name": item.name})
    except ValidationError as error:
        raise InvalidValue(f"item {item.id} cannot travel: {error}") from error


def food_body(fridge_id: int, items: Sequence[FoodItem]) -> bytes:
    """The body of one session; `InvalidValue` without items or with one that cannot travel."""
    try:
        return FoodBody(refrigeratorId=fridge_id, foodList=[food_entry(item) for item in items]).to_bytes()
    except ValidationError as error:
        raise InvalidValue(f"no registration: {error}") from error


def values_of(measured: Measurement) -> Values:
    """The values as they travel. What cannot (NaN, out of a counter's range) becomes null: never a made-up number."""

    def real(value: float | None) -> float | None:
        return float(value) if value is not None and -_FINITE <= value <= _FINITE else None

    def whole(value: int | None, highest: int = _COUNTER) -> int | None:
        return value if value is not None and 0 <= value <= highest else None

    return Values(
        temperature=real(measured.temperature),
        humidity=whole(measured.humidity, 255),
        pressure=real(measured.pressure),
        co2=whole(measured.co2),
        gas=whole(measured.gas),
        nh3=whole(measured.nh3),
    )


def measurement_of(text: str) -> Measurement:
    """Back from the JSON of `values_of`; ValueError when it is anything else."""
    return Measurement(**Values.model_validate_json(text).model_dump())


def sensor_body(fridge_id: int, readings: Sequence[Reading], day: date) -> bytes:
    """The body of one batch, readings in the order they came; `InvalidValue` without readings."""
    samples: dict[str, list[Sample]] = {}
    for reading in readings:
        at = reading.taken_at.replace(tzinfo=None).isoformat(" ", "minutes")
        samples.setdefault(reading.address, []).append(Sample(time=at, data=values_of(reading.values)))
    try:
        return SensorBody(execute_time=day.isoformat(), refrigeratorId=fridge_id, data=samples).to_bytes()
    except ValidationError as error:
        raise InvalidValue(f"no batch: {error}") from error


def schemas() -> dict[str, dict[str, Any]]:
    """The published JSON Schemas by file name."""
    models: dict[str, type[Wire]] = {"food-regist": FoodBody, "sensor-data": SensorBody, "headers": Headers}
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return {
        f"{name}.schema.json": dialect | model.model_json_schema(mode="serialization") for name, model in models.items()
    }
