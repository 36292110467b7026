"""The bodies about the fridge itself: how fresh the food in each container is, and how the fridge is doing.

In: figures. Out: bytes that are valid by construction. Both are switched off while their topic is empty.
"""

from typing import Annotated, Literal

from pydantic import Field, ValidationError

from befresh_agent.domain.wire_types import AddressText, Day, FoodName, FridgeId, Moment, Real, WireModel
from befresh_agent.errors import InvalidValue

Count = Annotated[int, Field(ge=0)]


class WarmStretch(WireModel):
    """What cost most since midnight."""

    begin: Moment
    end: Moment
    costDays: Real


class HeatBody(WireModel):
    """What the measured temperatures were worth, in days at 5 °C; null where nothing can be said."""

    state: Literal["estimated", "unknown-food", "too-little-measured", "empty"]
    model: str | None
    usedDays: Real | None
    knownDays: Real | None
    """For how many days it keeps at 5 °C, where a person said so."""
    usedShare: Real | None
    unmeasuredMinutes: Count | None
    outsideMinutes: Count | None
    """Measured, but out of the range in which the model holds."""
    warm: WarmStretch | None


class ContainerBody(WireModel):
    """Three statements, of which none tells whether the food is fit to eat."""

    name: FoodName | None
    """What was registered in it last."""
    useBy: Day | None
    air: Literal["rising", "steady", "learning", "unmeasured"]
    heat: HeatBody


class FreshnessBody(WireModel):
    """Of every container that is remembered."""

    at: Moment
    refrigeratorId: FridgeId
    data: Annotated[dict[AddressText, ContainerBody], Field(min_length=1)]


class HeartbeatBody(WireModel):
    """How the fridge is doing; null where the machine does not tell."""

    at: Moment
    refrigeratorId: FridgeId
    version: str
    uptimeSeconds: Count
    devices: dict[str, str]
    """By name: ready, live, lost or off."""
    messagesWaiting: Count | None
    oldestWaitingSeconds: Count | None
    messagesDead: Count | None
    containers: Count
    containersAbsent: Count
    oldestReadingSeconds: Count | None
    """Age of the last reading of the container that was read longest ago."""
    lastUpdate: str | None
    freeDiskMegabytes: Count | None
    throttled: Count | None
    """The firmware's bits, as `vcgencmd get_throttled` tells them."""


def report_bytes(body: type[WireModel], **values: object) -> bytes:
    """Raises `InvalidValue`."""
    try:
        return body.model_validate(values).to_bytes()
    except ValidationError as error:
        raise InvalidValue(f"no {body.__name__}: {error.errors()[0]['loc']} {error.errors()[0]['msg']}") from error
