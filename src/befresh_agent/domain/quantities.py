"""What a container can measure: one table, from which whoever stores, sends, draws or tells a value derives the rest.

A further value is a member of `Quantity` and a field of `Measurement`; see docs/how-to/add-a-sensor-value.md.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Self

from befresh_agent.domain import stored


class Prominence(IntEnum):
    """Where people meet a value."""

    KEPT = 0
    """It is stored, exported and sent."""
    SHOWN = 1
    """And it has a curve, a place on the page and on the daily sheet, and is logged."""
    GLANCE = 2
    """And it is on the one screen of `status`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """All that is particular to a quantity."""

    label: str
    """Its name in English, for which the catalogues have the Korean."""
    short: str = ""
    """Its name where there is little room; none where the unit says it all."""
    column: str
    """Its name in exported tables, which says the unit."""
    low: float
    high: float
    """What the sensor can say at all; beyond, a value is a fault."""
    decimals: int = 0
    """How many are kept; 0: it is a whole number."""
    bits: int = 32
    """Of the whole number that is sent."""
    unit: str = ""
    """As people read it."""
    per_unit: int = 1
    """What is kept, in one of those: 1000 ohm in a kiloohm."""
    shown_decimals: int = 0
    """How many people read."""
    least_axis: float = 10.0
    """A chart's axis spans this at least, in people's unit: noise must not look like news."""
    prominence: Prominence = Prominence.KEPT


class Quantity(StrEnum):
    """Every quantity; the names are the fields of `Measurement`, the columns of the history and what is sent."""

    traits: Traits

    def __new__(cls, name: str, traits: Traits) -> Self:
        one = str.__new__(cls, name)
        one._value_, one.traits = name, traits
        return one

    # Ranges: data sheets of the BME688 and the BMP390, a converter of at most 16 bits.
    TEMPERATURE = (
        "temperature",
        Traits(
            label="Temperature",
            column="temperature_c",
            low=-40,
            high=85,
            decimals=2,
            unit="°C",
            shown_decimals=1,
            least_axis=2.0,
            prominence=Prominence.GLANCE,
        ),
    )
    HUMIDITY = (
        "humidity",
        Traits(
            label="Humidity",
            column="humidity_percent",
            low=0,
            high=100,
            bits=8,
            unit="%",
            least_axis=6.0,
            prominence=Prominence.GLANCE,
        ),
    )
    PRESSURE = (
        "pressure",
        Traits(label="Pressure", column="pressure_hpa", low=300, high=1250, decimals=2, unit="hPa", shown_decimals=1),
    )
    CO2 = "co2", Traits(label="Carbon dioxide", short="CO2", column="co2_ppm", low=0, high=1_000_000, unit="ppm")
    GAS = (
        "gas",
        Traits(
            label="Gas resistance",
            short="gas",
            column="gas_ohm",
            low=0,
            high=1_000_000_000,
            unit="kΩ",
            per_unit=1000,
            shown_decimals=1,
            prominence=Prominence.SHOWN,
        ),
    )
    NH3 = (
        "nh3",
        Traits(
            label="Ammonia (raw)",
            short="NH3",
            column="nh3_raw",
            low=0,
            high=65_535,
            prominence=Prominence.GLANCE,
        ),
    )


@dataclass(frozen=True, slots=True)
class Measurement:
    """The values of one visit; None where a value could not be read or was impossible."""

    temperature: float | None = None
    """Degrees Celsius."""
    humidity: int | None = None
    """Percent relative humidity."""
    pressure: float | None = None
    """Hectopascal."""
    co2: int | None = None
    """Parts per million."""
    gas: int | None = None
    """BME688 gas resistance in ohm."""
    nh3: int | None = None
    """Ammonia, raw value of the converter."""

    def of(self, quantity: Quantity) -> float | int | None:
        """The value of a quantity that is not known by name."""
        value: float | int | None = getattr(self, quantity.value)
        return value


def shown(least: Prominence = Prominence.SHOWN) -> tuple[Quantity, ...]:
    """The quantities that people meet at least there, in the order in which they read them."""
    return tuple(quantity for quantity in Quantity if quantity.traits.prominence >= least)


def check(quantity: Quantity, value: float) -> float | int | str:
    """The value as it is kept, or in words why it cannot be one."""
    traits = quantity.traits
    if not math.isfinite(value):
        return f"{value} is not a number"
    if not traits.low <= value <= traits.high:
        return f"{value:g} is not within {traits.low:g} to {traits.high:g}"
    # Adding zero turns a rounded -0.0 into 0.0.
    return round(value, traits.decimals) + 0.0 if traits.decimals else round(value)


def measurement(values: Mapping[Quantity, float | int]) -> Measurement:
    """A measurement of checked values."""
    return Measurement(**{quantity.value: value for quantity, value in values.items()})  # type: ignore[arg-type]


def restored(found: Mapping[str, object]) -> Measurement:
    """A measurement that comes back from disk: unknown names are ignored, what is missing or no such number is None."""
    values: dict[Quantity, float | int] = {}
    for quantity in Quantity:
        read = stored.number if quantity.traits.decimals else stored.whole
        if (value := read(found.get(quantity))) is not None:
            values[quantity] = value
    return measurement(values)


def written(quantity: Quantity, value: float) -> str:
    """The value as people read it, without its unit."""
    return f"{value / quantity.traits.per_unit:.{quantity.traits.shown_decimals}f}"
