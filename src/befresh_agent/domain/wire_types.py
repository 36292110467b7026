"""The kinds of values in what travels: days, minutes, addresses, names; and JSON as it is written everywhere."""

import json
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from befresh_agent.domain.food_names import LONGEST, PATTERN

ID_PATTERN = r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$"
"""A UUID of version 7."""


FINITE = 3.5e38
"""No sensor value is larger."""


def _real_day(text: str) -> str:
    date.fromisoformat(text)
    return text


def real_minute(text: str) -> str:
    """Raises `ValueError`."""
    datetime.fromisoformat(text)
    return text


FridgeId = Annotated[int, Field(ge=0)]


FoodName = Annotated[str, Field(min_length=1, max_length=LONGEST, pattern=PATTERN)]


Day = Annotated[
    str,
    Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", json_schema_extra={"format": "date"}),
    AfterValidator(_real_day),
]


Minute = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2} [0-9]{2}:[0-9]{2}$"), AfterValidator(real_minute)]


Moment = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([+-][0-9]{2}:[0-9]{2})$",
        json_schema_extra={"format": "date-time"},
    ),
    AfterValidator(real_minute),
]


AddressText = Annotated[str, Field(pattern=r"^([0-9A-F]{2}:){5}[0-9A-F]{2}$")]


Real = Annotated[float, Field(ge=-FINITE, le=FINITE)]


def added(version: int, **more: Any) -> Any:
    """A member that came with that version of its schema: it is sent, and never required of a body from before."""
    return Field(json_schema_extra={"x-since": version}, **more)


class WireModel(BaseModel):
    """What travels: nothing is guessed, nothing is extra. Field names are the consumers' own."""

    model_config = ConfigDict(
        strict=True,
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        json_schema_serialization_defaults_required=True,
    )

    def to_bytes(self) -> bytes:
        """Compact JSON in UTF-8; Korean stays readable."""
        return compact(self.model_dump())


def compact(value: object) -> bytes:
    """JSON as it travels: no spaces, no escapes where none are needed, no NaN."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
