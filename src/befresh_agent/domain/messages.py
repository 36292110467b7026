"""The bodies of foods and readings and all headers, exactly as the backend's consumers expect them.

In come food items and readings, out come bytes that are valid by construction: strict dates, no NaN, no empty name,
every sensor value or null. Further bodies: `report_messages.py`.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, ValidationError, create_model

from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.domain.reading import Reading
from befresh_agent.domain.wire_types import (
    FINITE,
    ID_PATTERN,
    AddressText,
    Day,
    FoodName,
    FridgeId,
    Minute,
    Moment,
    Real,
    WireModel,
    added,
    compact,
    real_minute,
)
from befresh_agent.errors import InvalidValue

FOOD_TYPE: Final = "befresh.food.registered.v1"

SENSOR_TYPE: Final = "befresh.sensor.batch.v1"

REMOVED_TYPE: Final = "befresh.food.removed.v1"

FRESHNESS_TYPE: Final = "befresh.container.freshness.v1"

HEARTBEAT_TYPE: Final = "befresh.fridge.heartbeat.v1"

MessageKind = Literal[
    "befresh.food.registered.v1",
    "befresh.sensor.batch.v1",
    "befresh.food.removed.v1",
    "befresh.container.freshness.v1",
    "befresh.fridge.heartbeat.v1",
]


ROWS_PER_MESSAGE = 3500
"""Readings in one message at most: even with the longest values it stays under 900 kB."""


_LOT = r"^[^\x00-\x1f\x7f]{1,20}$"
SEAL_HEAD = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\.[1-9][0-9]*\.[0-9a-f]{64}\.[0-9a-f]{128}$"
_GTIN = r"^[0-9]{8,14}$"


class FoodIdentity(WireModel):
    """What tells one food from another of the same name. What is not known is not sent."""

    itemId: Annotated[str, added(2, min_length=1, max_length=100)]
    """The item's own UUIDv7."""
    gtin: Annotated[str | None, added(2, pattern=_GTIN)] = None
    lot: Annotated[str | None, added(2, pattern=_LOT)] = None


class ContainerFood(FoodIdentity):
    name: FoodName
    ftypeId: Literal[1] = 1
    qrId: AddressText


class PackagedFood(FoodIdentity):
    name: FoodName
    ftypeId: Literal[2] = 2
    expirationDate: Day


class GeneralFood(FoodIdentity):
    name: FoodName
    ftypeId: Literal[3] = 3


Food = Annotated[ContainerFood | PackagedFood | GeneralFood, Field(discriminator="ftypeId")]


class FoodBody(WireModel):
    """Everything registered in one session."""

    refrigeratorId: FridgeId
    foodList: Annotated[list[Food], Field(min_length=1)]

    def to_bytes(self) -> bytes:
        return compact(self.model_dump(exclude_none=True))


class RemovedFood(WireModel):
    itemId: Annotated[str, Field(pattern=ID_PATTERN)]
    """The food's own id; the message that registered it bears it, too, where it tells ids."""
    name: FoodName
    """As it was registered."""
    ftypeId: Annotated[int, Field(ge=1, le=3)]
    removedAt: Moment
    """When it was taken out."""


class RemovedBody(WireModel):
    """Foods that were taken out, ten minutes ago or more: until then they may come back."""

    refrigeratorId: FridgeId
    removedList: Annotated[list[RemovedFood], Field(min_length=1)]


def _sent(quantity: Quantity) -> Any:
    """How the value travels: a real number, or a whole one of so many bits; null where it could not be read."""
    traits = quantity.traits
    return (Real if traits.decimals else Annotated[int, Field(ge=0, le=2**traits.bits - 1)]) | None


if TYPE_CHECKING:
    Values = WireModel
else:
    Values = create_model(
        "Values",
        __base__=WireModel,
        __doc__="One visit's values; every key is always there, null where a value could not be read.",
        **{quantity.value: (_sent(quantity), ...) for quantity in Quantity},
    )


class Sample(WireModel):
    time: Minute
    """The fridge's local wall clock."""
    at: Annotated[Moment, added(2)]
    """The same with its offset: an hour that comes twice is told apart."""
    data: Values


class SensorBody(WireModel):
    """All readings since the last message, by container."""

    execute_time: Day
    refrigeratorId: FridgeId
    data: Annotated[dict[AddressText, Annotated[list[Sample], Field(min_length=1)]], Field(min_length=1)]


class Headers(WireModel):
    """CloudEvents 1.0, binary mode; `sequence` has no gaps within a store."""

    ce_specversion: Literal["1.0"] = "1.0"
    ce_id: Annotated[str, Field(pattern=ID_PATTERN)]
    ce_source: Annotated[str, Field(pattern=r"^/befresh/fridge/[0-9]+$")]
    ce_type: MessageKind
    ce_time: Annotated[str, Field(json_schema_extra={"format": "date-time"}), AfterValidator(real_minute)]
    content_type: Annotated[Literal["application/json"], Field(alias="content-type")] = "application/json"
    ce_sequence: Annotated[str, Field(pattern=r"^[1-9][0-9]*$")]
    ce_storeid: Annotated[str, Field(min_length=1)]
    ce_sealhead: Annotated[str | None, added(2, pattern=SEAL_HEAD)] = None
    """Where a sealed log is kept: its newest signed head, as `DAY.ROW.SHA-256.SIGNATURE`."""

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Names and values in their order; what there is none of is left out."""
        return tuple(self.model_dump(by_alias=True, exclude_none=True).items())


def food_entry(item: FoodItem) -> ContainerFood | PackagedFood | GeneralFood:
    """The item as it travels; `InvalidValue` when it has no name yet or lacks what its type needs."""
    try:
        if item.kind is FoodType.CONTAINER:
            return ContainerFood.model_validate({"name": item.name, "qrId": item.address, **_identity(item)})
        if item.kind is FoodType.PACKAGED:
            day = item.expires_on.isoformat() if item.expires_on else None
            return PackagedFood.model_validate({"name": item.name, "expirationDate": day, **_identity(item)})
        return GeneralFood.model_validate({"name": item.name, **_identity(item)})
    except ValidationError as error:
        raise InvalidValue(f"item {item.id} cannot travel: {_wrong(error)}") from error


def _identity(item: FoodItem) -> dict[str, str | None]:
    """A number or a lot that no pack has is left out: it keeps no food from travelling."""
    gtin = item.product if re.fullmatch(_GTIN, item.product or "") else None
    return {"itemId": item.id, "gtin": gtin, "lot": item.lot if re.fullmatch(_LOT, item.lot or "") else None}


def food_body(fridge_id: int, items: Sequence[FoodItem]) -> bytes:
    """The body of one session; `InvalidValue` without items or with one that cannot travel."""
    try:
        return FoodBody(refrigeratorId=fridge_id, foodList=[food_entry(item) for item in items]).to_bytes()
    except ValidationError as error:
        raise InvalidValue(f"no registration: {_wrong(error)}") from error


def removed_food(item: FoodItem, at: datetime) -> RemovedFood:
    """What was taken out at that time, as it travels; `InvalidValue` when it cannot."""
    try:
        return RemovedFood(itemId=item.id, name=item.name or "", ftypeId=int(item.kind), removedAt=moment_text(at))
    except ValidationError as error:
        raise InvalidValue(f"item {item.id} cannot travel: {_wrong(error)}") from error


def removed_body(fridge_id: int, foods: Sequence[RemovedFood]) -> bytes:
    """The body of what was taken out; `InvalidValue` without any."""
    try:
        return RemovedBody(refrigeratorId=fridge_id, removedList=list(foods)).to_bytes()
    except ValidationError as error:
        raise InvalidValue(f"no removal: {_wrong(error)}") from error


def _wrong(error: ValidationError) -> str:
    """What is wrong, in one line and without a rule that nobody can read."""
    first = error.errors()[0]
    where = ".".join(map(str, first["loc"])) or "it"
    return f"{where} cannot be {str(first['input'])[:40]!r}"


def values_of(measured: Measurement) -> WireModel:
    """The values as they travel. What cannot (NaN, out of a counter's range) becomes null: never a made-up number."""

    def sendable(quantity: Quantity) -> float | int | None:
        value, traits = measured.of(quantity), quantity.traits
        if value is None:
            return None
        if traits.decimals:
            return float(value) if -FINITE <= value <= FINITE else None
        return value if 0 <= value < 2**traits.bits else None

    return Values(**{quantity.value: sendable(quantity) for quantity in Quantity})


def moment_text(at: datetime) -> str:
    """With its offset, in whole minutes: RFC 3339 knows no seconds there."""
    offset = (at.utcoffset() or timedelta()).total_seconds()
    return at.replace(tzinfo=timezone(timedelta(minutes=round(offset / 60)))).isoformat(timespec="seconds")


def sensor_body(fridge_id: int, readings: Sequence[Reading], day: date) -> bytes:
    """The body of one batch, readings in the order they came; `InvalidValue` without readings."""
    samples: dict[str, list[Sample]] = {}
    for reading in readings:
        samples.setdefault(reading.address, []).append(_sample(reading))
    try:
        return SensorBody(execute_time=day.isoformat(), refrigeratorId=fridge_id, data=samples).to_bytes()
    except ValidationError as error:
        raise InvalidValue(f"no batch: {_wrong(error)}") from error


def _sample(reading: Reading) -> Sample:
    taken = reading.taken_at
    time = taken.replace(tzinfo=None).isoformat(" ", "minutes")
    return Sample(time=time, at=moment_text(taken), data=values_of(reading.values))
