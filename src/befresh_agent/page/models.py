"""What the page shows and the API answers: the same values for both."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from befresh_agent.domain.cue import Cue
from befresh_agent.domain.freshness import Freshness
from befresh_agent.domain.stock import Shelf, Told
from befresh_agent.page.memory import Stage


class Model(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class Food(Model):
    """One food on hand, or gone."""

    id: str
    name: str | None
    """As it is called now; null while it waits for a name."""
    type: Literal[1, 2, 3]
    """1 in a container, 2 packaged with a date, 3 other."""
    registered_at: datetime
    container: str | None
    """The container's Bluetooth address."""
    use_by: date | None
    printed: date | None
    """The date as it was read from the package."""
    days_left: int | None
    """0 on the day itself, negative after it."""
    freshness: Freshness | None
    """Of packaged food, by the share of the time between registration and its day that has gone by."""
    air: Literal["rising", "steady", "learning", "unmeasured"] | None
    """Whether the air in its container is changing; tells nothing about food safety."""
    told: Told
    """What the service knows of it: nothing while it is `open` or `unnamed`; what was `sent` cannot be called back."""
    corrected: bool
    """A person changed it here after the service was told."""
    gone_at: datetime | None


class FoodList(Model):
    """Part of a shelf, what should be eaten first at the top."""

    items: list[Food]
    total: int
    offset: int
    shelf: Shelf
    search: str
    counts: dict[Shelf, int]


class FoodChange(BaseModel):
    """What a person corrects; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(max_length=1000)] | None = None
    """A new name. One without a name gets it for good and is sent; else the change stays in this house."""
    use_by: date | Literal[""] | None = None
    """A new day; the empty text brings back what was printed."""


class Changed(Model):
    """What became of a change."""

    food: Food
    told: bool
    """Whether the service hears of it."""


class Device(Model):
    name: str
    state: Literal["ready", "live", "lost", "off"]
    since: datetime
    detail: str


class Spot(Model):
    """Something recognised in the picture."""

    kind: Literal["container", "code", "product", "date"]
    label: str
    corners: list[tuple[int, int]]
    """In pixels of the frame; empty where only its presence is known."""


class Sight(Model):
    """What the camera saw last."""

    number: int
    at: datetime
    width: int
    height: int
    boxes: list[Spot]
    milliseconds: float
    hint: str | None


class Registered(Model):
    """An item of the open session."""

    name: str | None
    container: str | None
    use_by: date | None


class Sound(Model):
    cue: Cue
    at: datetime
    meaning: str


class Line(Model):
    """Something that happened."""

    at: datetime
    part: str
    text: str
    level: Literal["info", "warning", "error"]


class Now(Model):
    """What the fridge is doing."""

    time: datetime
    version: str
    fridge: int
    simulated: bool
    stage: Stage
    opened: datetime | None
    items: list[Registered]
    sight: Sight | None
    sound: Sound | None
    devices: list[Device]
    news: list[Line]
    """The newest first."""


class Pressed(Model):
    press: Literal["short", "double", "hold"]


class Trouble(Model):
    """Why something was not done."""

    detail: str
