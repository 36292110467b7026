"""The tab "Now": what the fridge is doing."""

import math
from collections.abc import Callable, Iterable
from typing import Literal

from befresh_agent import __version__
from befresh_agent.domain.cue import cue_sentence
from befresh_agent.domain.detection import (
    ContainerSeen,
    Corners,
    DateSeen,
    Detection,
    FramePreview,
    OtherCodeSeen,
    ProductSeen,
)
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.food_names import typed_name
from befresh_agent.domain.phrase import Language, LogSeverity
from befresh_agent.domain.trigger import Press
from befresh_agent.errors import InvalidValue
from befresh_agent.i18n.words import say
from befresh_agent.page.context import PageContext
from befresh_agent.page.models import (
    Asking,
    CameraView,
    Closed,
    CueView,
    FridgeView,
    NewsLine,
    OtherSpellingView,
    PictureMark,
    PressRequest,
    SessionItem,
)
from befresh_agent.page.observers import NewsItem, RecentActivity
from befresh_agent.page.tabs.health_tab import devices
from befresh_agent.runtime.redaction import SecretRedactor
from befresh_agent.storage.roster import ContainerNames, title, titled

_SHOWN = 14
_NAMES = 6
_ROOM = 0.15
"""Around a date, in heights of its digits."""
_TOLD_S = 600.0
"""So long the page tells of the last session."""

Title = Callable[[str], str]


class NowTab:
    def __init__(self, sources: PageContext, memory: RecentActivity, redaction: SecretRedactor) -> None:
        self._sources = sources
        self._redaction = redaction
        self._memory = memory
        self._names = ContainerNames(sources.database)

    async def now(self, language: Language = "en") -> FridgeView:
        memory, sources, called = self._memory, self._sources, await self._titles(language)
        return FridgeView(
            time=sources.clock.now(),
            version=__version__,
            fridge=sources.settings.fridge.id or 0,
            simulated=sources.simulated,
            stage=memory.stage,
            opened=memory.opened,
            items=[_registered(item, called) for item in sources.session() or ()],
            asking=self._asking(called),
            last=self._last(called),
            names=list(await sources.stock.recent_names(_NAMES)),
            sight=_sight(memory.sight, memory.sights, called) if memory.sight else None,
            sound=_sound(memory, language),
            question=memory.question,
            other_spelling=self._other_spelling(),
            devices=devices(sources, self._redaction),
            news=[self._line(one, language, called) for one in list(memory.household)[: -_SHOWN - 1 : -1]],
        )

    def picture(self, number: int | None = None) -> bytes | None:
        """What the camera saw, as JPEG: the picture of that number, or the last."""
        return self._memory.picture(number)

    def _other_spelling(self) -> OtherSpellingView | None:
        way = self._memory.other_spelling
        return None if way is None else OtherSpellingView(way=way, can_be_switched_on=self._sources.may_switch_on(way))

    async def switch_on_spelling(self) -> None:
        """Read dates as the last that was printed in a way that is switched off. Raises `StoreError`."""
        found = self._other_spelling()
        if found is not None and found.can_be_switched_on:
            await self._sources.switch_on(found.way)
            self._memory.other_spelling = None

    def press(self, pressed: PressRequest) -> None:
        """Push the button from here."""
        self._sources.press(Press(pressed.press))

    def name(self, name: str) -> None:
        """The name that is asked for was typed; else a food without code and date. Raises `InvalidValue`."""
        if not self._sources.type_name(typed_name(name)):
            raise InvalidValue("no session is open: press the button first")

    async def _titles(self, language: Language) -> Title:
        names, contents = await self._names.all(), await self._sources.records.history.contents()
        return lambda address: say(language, title(address, names, contents))

    def _asking(self, called: Title) -> Asking | None:
        question = self._sources.question()
        if question is None:
            return None
        asked = question.candidate
        what: dict[FoodType, Literal["container", "package", "other"]] = {
            FoodType.CONTAINER: "container",
            FoodType.PACKAGED: "package",
            FoodType.GENERAL: "other",
        }
        return Asking(
            what=what[asked.kind],
            container=called(asked.address) if asked.address else None,
            use_by=asked.expires_on,
            attempt=question.attempt,
            left=question.left,
            why=question.why,  # type: ignore[arg-type]  # the rules' own words
        )

    def _last(self, called: Title) -> Closed | None:
        ended, now = self._memory.ended, self._sources.clock.now()
        if ended is None or (now - ended.at).total_seconds() > _TOLD_S:
            return None
        return Closed(at=ended.at, why=ended.why, items=[_registered(item, called) for item in ended.items])

    def _line(self, news: NewsItem, language: Language, called: Title) -> NewsLine:
        weight = news.sentence.weight
        level: Literal["info", "warning", "error"] = (
            "error" if weight >= LogSeverity.ALARM else "warning" if weight is LogSeverity.WARNING else "info"
        )
        text = titled(self._redaction.redact(say(language, news.sentence.text)), called)
        return NewsLine(at=news.at, part=news.sentence.part, text=text, level=level)


def _registered(item: FoodItem, called: Title) -> SessionItem:
    container = called(item.address) if item.address else None
    return SessionItem(id=item.id, name=item.name, container=container, use_by=item.expires_on)


def _sound(memory: RecentActivity, language: Language) -> CueView | None:
    if (played := memory.cue) is None or memory.cue_at is None:
        return None
    meaning = say(language, cue_sentence(played.cue, played.about))
    return CueView(cue=played.cue, at=memory.cue_at, meaning=meaning)


def _sight(glimpse: FramePreview, number: int, called: Title) -> CameraView:
    findings = glimpse.findings
    return CameraView(
        number=number,
        at=glimpse.at,
        width=glimpse.width,
        height=glimpse.height,
        boxes=list(_boxes(findings.detections, called)),
        milliseconds=findings.milliseconds,
        hint=findings.hint,
    )


def _boxes(detections: Iterable[Detection], called: Title) -> Iterable[PictureMark]:
    for found in detections:
        match found:
            case ContainerSeen(address=address):
                yield PictureMark(kind="container", label=called(address), corners=list(found.corners))
            case OtherCodeSeen(text=text):
                yield PictureMark(kind="code", label=text[:60], corners=list(found.corners))
            case ProductSeen(product=product):
                yield PictureMark(kind="product", label=product.gtin, corners=list(found.corners))
            case DateSeen(date=day):
                yield PictureMark(kind="date", label=day.isoformat(), corners=_with_room(found.corners))


def _with_room(corners: Corners) -> list[tuple[int, int]]:
    """Corners that leave some room around the print, so that the drawn line touches no digit."""
    if len(corners) != 4:
        return list(corners)
    (x0, y0), (x1, y1), _, (x3, y3) = corners
    along, across = math.hypot(x1 - x0, y1 - y0) or 1.0, math.hypot(x3 - x0, y3 - y0)
    right = _ROOM * across * (x1 - x0) / along, _ROOM * across * (y1 - y0) / along
    down = _ROOM * (x3 - x0), _ROOM * (y3 - y0)
    signs = ((-1, -1), (1, -1), (1, 1), (-1, 1))
    return [
        (round(x + a * right[0] + b * down[0]), round(y + a * right[1] + b * down[1]))
        for (x, y), (a, b) in zip(corners, signs, strict=True)
    ]
