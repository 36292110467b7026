"""What a container's sensors said on one visit."""

from dataclasses import dataclass, field
from datetime import datetime

from befresh_agent.domain.clock_step import Anchor
from befresh_agent.domain.container import Address


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


@dataclass(frozen=True, slots=True)
class Reading:
    """A measurement, of whom and when."""

    address: Address
    taken_at: datetime
    """Aware; the fridge's local zone."""
    values: Measurement
    clock_synced: bool = True
    """Whether the clock was known to be right. If not, `taken_at` is corrected once it is, where `anchor` allows it."""
    anchor: Anchor | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Heard:
    """A reading was broadcast; `counter` is that of an encrypted container."""

    counter: int | None = None
