"""What the page shows and the API answers: the same values for both."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from befresh_agent.domain.attention import Kind
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.stock import Fate, Freshness, StockFilter, SyncState
from befresh_agent.page.observers import FridgeStage


class PageModel(BaseModel):
    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


class FoodView(PageModel):
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
    told: SyncState
    """What the service knows of it: nothing while it is `open` or `unnamed`; what was `sent` cannot be called back."""
    corrected: bool
    """A person changed it here after the service was told."""
    gone_at: datetime | None
    doubted: bool = False
    """Its date was not read surely, and nobody has said whether it is right: the service is not told until then."""
    fate: Fate | None
    """What became of it."""
    due: bool
    """It should be eaten soon."""
    age_days: int
    """Days since it was registered."""
    container_name: str | None
    """What people call its container."""


class Refilled(PageModel):
    """A container was filled again: the food that was in it is taken for gone, until somebody says otherwise."""

    old: FoodView
    new: FoodView


class WasteView(PageModel):
    """What went this month."""

    eaten: int
    thrown: int


class FoodNew(BaseModel):
    """A food that is registered by hand."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(min_length=1, max_length=1000)]
    use_by: date | None = None
    container: Annotated[str, Field(max_length=40)] | None = None
    """The address of the container it is in."""
    gtin: Annotated[str, Field(pattern=r"^[0-9]{14}$")] | None = None
    """The number of its barcode in 14 digits: the name is remembered for it."""
    lot: Annotated[str, Field(pattern=r"^[!-~]{1,20}$")] | None = None
    """Which batch of the product it is of."""


class FoodList(PageModel):
    """Part of a shelf, what should be eaten first at the top."""

    items: list[FoodView]
    total: int
    offset: int
    shelf: StockFilter
    search: str
    counts: dict[StockFilter, int]


class FoodChange(BaseModel):
    """What a person corrects; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True)

    name: Annotated[str, Field(max_length=1000)] | None = None
    """A new name. One without a name gets it for good and is sent; else the change stays in this house."""
    use_by: date | Literal[""] | None = None
    """A new day; the empty text brings back what was printed."""


class ChangeResult(PageModel):
    """What became of a change."""

    food: FoodView
    told: bool
    """Whether the service hears of it."""


class DeviceView(PageModel):
    name: str
    state: Literal["ready", "live", "lost", "off"]
    since: datetime
    detail: str


class PictureMark(PageModel):
    """Something recognised in the picture."""

    kind: Literal["container", "code", "product", "date"]
    label: str
    corners: list[tuple[int, int]]
    """In pixels of the frame; empty where only its presence is known."""


class CameraView(PageModel):
    """What the camera saw last."""

    number: int
    at: datetime
    width: int
    height: int
    boxes: list[PictureMark]
    milliseconds: float
    hint: str | None


class SessionItem(PageModel):
    """An item of the open session."""

    id: str
    name: str | None
    container: str | None
    """What people call it."""
    use_by: date | None


class CueView(PageModel):
    cue: Cue
    at: datetime
    meaning: str
    """What it tells a person, with the name of the food where it has one."""


class NewsLine(PageModel):
    """Something that happened."""

    at: datetime
    part: str
    text: str
    level: Literal["info", "warning", "error"]


class OtherSpellingView(PageModel):
    """A date was printed in a spelling or order that is switched off, in this session or the last."""

    way: str
    """Its name in the settings (`vision.spellings`, `vision.order`)."""
    can_be_switched_on: bool
    """False where a file or the environment says which are read."""


class Asking(PageModel):
    """The name that is being asked for."""

    what: Literal["container", "package", "other"]
    container: str | None
    """What people call it."""
    use_by: date | None
    attempt: int
    left: int
    """So often it is asked again when this attempt brings nothing."""
    why: Literal["", "silence", "unintelligible", "service", "microphone", "no engine"]
    """What came of the attempt before."""


class Closed(PageModel):
    """The last session."""

    at: datetime
    why: str
    items: list[SessionItem]
    """What it registered."""


class ConcernShown(PageModel):
    """Something to look at."""

    kind: Kind
    text: str
    where: str
    detail: str


class AlarmShown(PageModel):
    """Somebody outside was told of this, and is told again until it is over or acknowledged."""

    key: str
    text: str


class Today(PageModel):
    """What a household has to know now."""

    alarms: list[AlarmShown] = []
    """Those that nobody has acknowledged."""

    concerns: list[ConcernShown]
    """Empty when all is well."""


class FridgeView(PageModel):
    """What the fridge is doing."""

    time: datetime
    version: str
    fridge: int
    simulated: bool
    stage: FridgeStage
    opened: datetime | None
    items: list[SessionItem]
    asking: Asking | None
    """None while nothing is asked."""
    last: Closed | None
    """The last session, for a while; None while one is open."""
    names: list[str]
    """What food was called last."""
    sight: CameraView | None
    sound: CueView | None
    question: date | None
    """The day about which a person is asked now whether it was read right: a short press means yes, a double one no."""
    other_spelling: OtherSpellingView | None
    devices: list[DeviceView]
    news: list[NewsLine]
    """The newest first."""


class PressRequest(PageModel):
    press: Literal["short", "double", "long", "hold"]


class Named(BaseModel):
    """A name that was typed."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=1000)]


class ErrorDetail(PageModel):
    """Why something was not done."""

    detail: str
