"""What the page remembers while pages come and go: recent activity, counters, trends, the end of the log.

In: events, frame previews, log records. Out: values for the page. Bounded, and gone with the process.
"""

import contextlib
import logging
import time
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from befresh_agent.domain import container_events, delivery_events
from befresh_agent.domain import events as e
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import FramePreview
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.narration import describe
from befresh_agent.domain.phrase import EventSentence, LogSeverity
from befresh_agent.page.live_updates import LiveUpdates
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.redaction import SecretRedactor

_NEWS = 60

_HOUSEHOLD = ("person", "session", "vision", "voice")
"""The parts whose sentences a household understands."""

_PICTURES = 6
"""A browser asks for the picture of the page it has got, which is the last but one by then."""

_SIDE = 640
"""Long side of the pictures, in pixels."""

_WATCHED_S, _UNWATCHED_S = 0.4, 2.0
"""A picture every so many seconds, while somebody watches and while nobody does."""


class FridgeStage(StrEnum):
    """What the fridge is doing."""

    CLOSED = "closed"
    LOOKING = "looking"
    LISTENING = "listening"
    """A name is being asked for."""


@dataclass(frozen=True, slots=True)
class Ended:
    """A session that is over."""

    at: datetime
    why: str
    items: tuple[FoodItem, ...]


@dataclass(frozen=True, slots=True)
class NewsItem:
    """Something that happened."""

    at: datetime
    sentence: EventSentence


class RecentActivity:
    """`listen` must be told every event, `seen` every glimpse."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watchers = LiveUpdates()
        self._next_picture = 0.0
        self.stage = FridgeStage.CLOSED
        self.opened: datetime | None = None
        self.cue: e.CuePlayed | None = None
        self.cue_at: datetime | None = None
        self.question: date | None = None
        """The day about which a person is asked now whether it was read right."""
        self.sight: FramePreview | None = None
        """The last sight with a picture; once the session is closed, the last in which something was recognised."""
        self.other_spelling: str | None = None
        """In which way a date was printed in this session, or the last, that is switched off."""
        self._telling: FramePreview | None = None
        self.frames = 0
        self.decode_s = 0.0
        self.sights = int(time.time())
        """The number of the last picture: no two have the same, those of earlier runs included."""
        self._pictures: dict[int, bytes] = {}
        self.news: deque[NewsItem] = deque(maxlen=_NEWS)
        """The latest at the right end."""
        self.household: deque[NewsItem] = deque(maxlen=_NEWS)
        """Of these, what people did and what the fridge answered."""
        self.ended: Ended | None = None
        """The last session; None while one is open."""
        self._items: list[FoodItem] = []

    def watched_by(self, watchers: LiveUpdates) -> None:
        """These are told of new sights, and make them come more often."""
        self._watchers = watchers

    def wanted_picture(self) -> int:
        now = time.monotonic()
        if now < self._next_picture:
            return 0
        self._next_picture = now + (_WATCHED_S if self._watchers.any else _UNWATCHED_S)
        return _SIDE

    def frame_seen(self, glimpse: FramePreview) -> None:
        self.frames += 1
        self.decode_s += glimpse.findings.milliseconds / 1000
        if glimpse.picture is None:
            return
        self._show(glimpse)
        if glimpse.findings.detections:
            self._telling = glimpse
        self._watchers.notify(frozenset({"now", "play"}))

    def on_event(self, event: e.Event) -> None:
        """A listener for `EventBus`."""
        now = self._clock.now()
        sentence = describe(event)
        if sentence.weight > LogSeverity.DETAIL:
            self.news.append(NewsItem(now, sentence))
            if sentence.part in _HOUSEHOLD:
                self.household.append(NewsItem(now, sentence))
        match event:
            case e.SessionOpened():
                self.stage, self.opened, self._telling = FridgeStage.LOOKING, now, None
                self.other_spelling = None
                self._items, self.ended = [], None
            case e.OtherSpelling(way=way):
                self.other_spelling = way
            case e.SessionClosed(why=why):
                self._closed(Ended(now, why, () if why == "cancelled" else tuple(self._items)))
            case e.DateAsked(day=day):
                self.question = day
            case e.NameAsked():
                self.stage = FridgeStage.LISTENING
            case e.ItemRegistered(item=item):
                self._items.append(item)
                self._asked_no_more()
            case e.ItemRemoved(item=item):
                self._items = [one for one in self._items if one.id != item.id]
            case e.CuePlayed(cue=cue):
                self.cue, self.cue_at = event, now
                if cue is not Cue.IS_DATE_RIGHT:
                    self.question = None  # it was answered, or nobody did
                if cue in (Cue.UNDONE, Cue.FAILED):
                    self._asked_no_more()

    def _closed(self, ended: Ended) -> None:
        self.stage, self.opened, self.ended = FridgeStage.CLOSED, None, ended
        if self._telling is not None and self.sight is not self._telling:
            self._show(self._telling)

    def picture(self, number: int | None) -> bytes | None:
        """The picture of that number, as long as it is one of the latest; the last one where none is given."""
        return self._pictures.get(self.sights if number is None else number)

    def _show(self, glimpse: FramePreview) -> None:
        self.sight, self.sights = glimpse, self.sights + 1
        self._pictures[self.sights] = glimpse.picture or b""
        while len(self._pictures) > _PICTURES:
            del self._pictures[min(self._pictures)]

    def _asked_no_more(self) -> None:
        if self.stage is FridgeStage.LISTENING:
            self.stage = FridgeStage.LOOKING


class EventCounters:
    """`listen` must be told every event."""

    def __init__(self) -> None:
        self.reads: Counter[tuple[str, str]] = Counter()
        """By container and outcome (`ok`, `failed`)."""
        self.sessions = 0
        self.items: Counter[int] = Counter()
        """By type."""
        self.unnamed = 0
        self.restarts: Counter[str] = Counter()
        """By part."""
        self.delivered: Counter[str] = Counter()
        """By topic."""
        self.refused = 0
        self.not_kept = 0
        self._faults = delivery_events.DeliveryFaults()

    @property
    def broker_error(self) -> str:
        """What is wrong with a sink, or with one of its topics."""
        return next(iter(self._faults.errors), "")

    def on_event(self, event: e.Event) -> None:
        """A listener for `EventBus`."""
        self._faults.on_event(event)
        match event:
            case container_events.ReadingTaken(reading=reading):
                self.reads[reading.address, "ok"] += 1
            case container_events.VisitFailed(address=address):
                self.reads[address, "failed"] += 1
            case e.SessionOpened():
                self.sessions += 1
            case e.ItemRegistered(item=item):
                self.items[int(item.kind)] += 1
                self.unnamed += item.name is None
            case e.ServiceRestarted(part=part):
                self.restarts[part] += 1
            case delivery_events.MessageDelivered(topic=topic):
                self.delivered[topic] += 1
            case delivery_events.MessageDead():
                self.refused += 1
            case e.NotKept():
                self.not_kept += 1


_KEPT = 200


@dataclass(frozen=True, slots=True)
class LogLine:
    at: datetime
    level: int
    part: str
    text: str


class LogTail(logging.Handler):
    """Hears the root logger while `attached`."""

    def __init__(self, redaction: SecretRedactor) -> None:
        super().__init__(logging.INFO)
        self._redaction = redaction
        self.lines: deque[LogLine] = deque(maxlen=_KEPT)

    @contextlib.contextmanager
    def attached(self) -> Iterator[None]:
        logging.getLogger().addHandler(self)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(self)

    def emit(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created).astimezone()
        self.lines.append(LogLine(at, record.levelno, record.name, self._redaction.redact(record.getMessage())))
