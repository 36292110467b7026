"""Containers as the page shows them and the API answers."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from befresh_agent.domain.gatt import Quantity
from befresh_agent.domain.trend import State
from befresh_agent.page.models import Model


class Values(Model):
    """One visit's values; null where one could not be read."""

    temperature: float | None
    """Degrees Celsius."""
    humidity: int | None
    """Percent."""
    pressure: float | None
    """Hectopascal."""
    co2: int | None
    """Parts per million."""
    gas: int | None
    """Resistance in ohm: it falls when vapours rise."""
    nh3: int | None
    """Ammonia, raw value."""


class AirChange(Model):
    """How much more there is in the air than at the quietest half day, at equal temperature and humidity."""

    quantity: Quantity
    amount: float
    """Of gas the share by which the resistance fell, of NH3 the raw value by which it rose."""
    uncertainty: float
    """Plus or minus: two standard errors."""
    rising: bool
    since: datetime
    """When the quietest half day began."""


class Air(Model):
    """The trend of the air. It does not tell whether food is safe."""

    state: State
    silent_s: float | None
    """Seconds since something was measured."""
    changes: list[AirChange]


class Container(Model):
    """A container of the roster."""

    address: str
    name: str | None
    """What people call it."""
    food: str | None
    """What was registered in it last, if it is still there."""
    absent: bool
    """It did not answer for a while."""
    last: datetime | None
    age_s: float | None
    """Seconds since the last reading."""
    values: Values | None
    signal_dbm: int | None
    visits: int
    success_rate: float | None
    """Share of the latest visits that brought a reading."""
    air: Air


class ContainerList(Model):
    """Every container of the roster: those whose air is rising first, then those that are not measured."""

    containers: list[Container]


class ContainerChange(BaseModel):
    """What a person calls it; the empty text takes the name away."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(max_length=1000)]


class CurvePoint(Model):
    """What was measured from `first` to `last`, both in seconds since 1970."""

    first: float
    last: float
    mean: float
    low: float
    high: float


class ContainerCurves(Model):
    """What a container measured, in few enough points for a chart; a gap is where none are."""

    address: str
    begin: datetime
    end: datetime
    gap_s: float
    """Points farther apart than this have a gap between them."""
    curves: dict[Quantity, list[CurvePoint]]
