"""What the page shows and the API answers of containers."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from befresh_agent.page.models import Model


class Values(Model):
    """The values of the last reading; null where one could not be read."""

    temperature: float | None
    """Degrees Celsius."""
    humidity: int | None
    """Percent."""
    pressure: float | None
    """Hectopascal."""
    co2: int | None
    """Parts per million."""
    gas: int | None
    """Ohm."""
    nh3: int | None
    """Raw value."""


class AirChange(Model):
    """How much more of something there is in the air now than in the container's quietest half day."""

    quantity: Literal["gas", "nh3"]
    amount: float
    """Of gas the share by which the resistance fell (0.2: by 20 %), of NH3 the raw value by which it rose."""
    uncertainty: float
    """The true amount lies within plus or minus this, 19 times out of 20."""
    rising: bool


class AirTrend(Model):
    """Whether the air in a container is changing. It tells nothing about food safety."""

    state: Literal["rising", "steady", "learning", "unmeasured"]
    changes: list[AirChange]
    silent_s: float | None


class Box(Model):
    """A smart container."""

    address: str
    name: str | None
    """What people call it."""
    food: str | None
    """What was registered in it last."""
    last_at: datetime | None
    age_s: float | None
    values: Values | None
    absent: bool
    signal_dbm: int | None
    success_rate: float | None
    """Share of the latest visits that brought a reading."""
    visits: int
    battery_percent: int | None
    broadcasts: bool
    """It tells by itself and is never visited."""
    trouble: str | None
    """Why what it broadcast last could not be understood."""
    trend: AirTrend


class BoxChange(BaseModel):
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(max_length=1000)]
    """What to call it from now on, in this house; empty takes the name away."""


class CurvePoint(Model):
    """One value over the readings taken between two times (seconds since 1970)."""

    first: float
    last: float
    mean: float
    low: float
    high: float


class BoxHistory(Model):
    """What a container said; where the points of a curve lie further apart than `gap_s`, nothing was measured."""

    address: str
    begin: float
    end: float
    gap_s: float
    curves: dict[Literal["temperature", "humidity", "gas", "nh3"], list[CurvePoint]]


class Asked(Model):
    """The container is visited as soon as the radio is free."""

    address: str
