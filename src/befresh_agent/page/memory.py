"""What the page remembers of what happened: the session's stage, the last sound, the last sight, and the latest news.

In: events and glimpses. Out: values for the page. Bounded, and gone with the process.
"""

import time
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from befresh_agent.domain import events as e
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.glimpse import Glimpse
from befresh_agent.domain.narration import Sentence, Weight, tell
from befresh_agent.page.live import Watchers
from befresh_agent.ports.clock import Clock

_NEWS = 60
_SIDE = 640
"""Long side of the pictures, in pixels."""
_WATCHED_S, _UNWATCHED_S = 0.4, 2.0
"""A picture every so many seconds, while somebody watches and while nobody does."""


class Stage(StrEnum):
    """What the fridge is doing."""

    CLOSED = "closed"
    LOOKING = "looking"
    LISTENING = "listening"
    """A name is being asked for."""


@dataclass(frozen=True, slots=True)
class News:
    """Something that happened."""

    at: datetime
    sentence: Sentence


class Memory:
    """`listen` must be told every event, `seen` every glimpse."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._watchers = Watchers()
        self._next_picture = 0.0
        self.stage = Stage.CLOSED
        self.opened: datetime | None = None
        self.cue: Cue | None = None
        self.cue_at: datetime | None = None
        self.sight: Glimpse | None = None
        """The last sight with a picture; once the session is closed, the last in which something was recognised."""
        self._telling: Glimpse | None = None
        self.frames = 0
        self.decode_s = 0.0
        self.sights = 0
        """How many pictures there were."""
        self.news: deque[News] = deque(maxlen=_NEWS)
        """The latest at the right end."""

    def watched_by(self, watchers: Watchers) -> None:
        """These are told of new sights, and make them come more often."""
        self._watchers = watchers

    def wanted_picture(self) -> int:
        now = time.monotonic()
        if now < self._next_picture:
            return 0
        self._next_picture = now + (_WATCHED_S if self._watchers.any else _UNWATCHED_S)
        return _SIDE

    def seen(self, glimpse: Glimpse) -> None:
        self.frames += 1
        self.decode_s += glimpse.findings.milliseconds / 1000
        if glimpse.picture is None:
            return
        self.sight, self.sights = glimpse, self.sights + 1
        if glimpse.findings.detections:
            self._telling = glimpse
        self._watchers.touched(frozenset({"now", "play"}))

    def listen(self, event: e.Event) -> None:
        """A listener for `Events`."""
        now = self._clock.now()
        sentence = tell(event)
        if sentence.weight > Weight.DETAIL:
            self.news.append(News(now, sentence))
        match event:
            case e.SessionOpened():
                self.stage, self.opened, self._telling = Stage.LOOKING, now, None
            case e.SessionClosed():
                self.stage, self.opened = Stage.CLOSED, None
                if self._telling is not None and self.sight is not self._telling:
                    self.sight, self.sights = self._telling, self.sights + 1
            case e.CuePlayed(cue=cue):
                self._heard(cue, now)

    def _heard(self, cue: Cue, now: datetime) -> None:
        self.cue, self.cue_at = cue, now
        if self.stage is not Stage.CLOSED:
            self.stage = Stage.LISTENING if cue is Cue.SPEAK else Stage.LOOKING
