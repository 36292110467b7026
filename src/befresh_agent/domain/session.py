"""The rules of one registration session: what happened goes in, what to do comes out. No I/O, no clock of its own.

A session watches until it finds something new, asks for its name, and has the item kept; it ends by a press, by nobody
being there, by its longest time, or by being cancelled. Times are seconds on any monotonic clock.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from befresh_agent.domain.agreement import Agreement
from befresh_agent.domain.container import Address
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.detection import (
    ContainerSeen,
    DateSeen,
    Detection,
    Findings,
    Hint,
    OtherCodeSeen,
    ProductSeen,
)
from befresh_agent.domain.food import FoodItem, FoodType
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.hints import Hints
from befresh_agent.domain.product_view import ProductView
from befresh_agent.domain.trigger import Presence, Press, Trigger, WakeWord
from befresh_agent.domain.view import View


@dataclass(frozen=True, slots=True)
class Rules:
    """The numbers of a session, in seconds where not said otherwise."""

    attempts: int = 3
    """How often a name is asked for."""
    nobody_s: float = 15
    longest_s: float = 600
    out_of_view_s: float = 2


@dataclass(frozen=True, slots=True)
class Candidate:
    """Something new that wants a name."""

    kind: FoodType
    address: Address | None = None
    expires_on: date | None = None
    product: Product | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Tell the world that something new was seen."""

    detection: Detection


@dataclass(frozen=True, slots=True)
class Advise:
    """Tell the world why nothing is seen."""

    hint: Hint


@dataclass(frozen=True, slots=True)
class Play:
    cue: Cue


@dataclass(frozen=True, slots=True)
class Ask:
    """Listen for a name."""

    attempt: int


@dataclass(frozen=True, slots=True)
class StopAsking:
    """Whoever listens may stop."""


@dataclass(frozen=True, slots=True)
class Keep:
    """Write the item to disk, then say `kept` or `not_kept`."""

    candidate: Candidate
    name: str | None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Remove the item from disk, then say `taken_back` or `not_kept`."""

    item: FoodItem


@dataclass(frozen=True, slots=True)
class Close:
    """Settle the session: its items travel."""

    why: str


@dataclass(frozen=True, slots=True)
class Discard:
    """Take the whole session back, then say `discarded` or `not_kept`."""


Action = Notice | Advise | Play | Ask | StopAsking | Keep | TakeBack | Close | Discard
Actions = Iterator[Action]

_MEMORY_S = 8.0
"""A slow machine reads a picture in two seconds or three; two of them must fit well into the memory."""

_SOUND_OF_FAILURE = {
    "silence": Cue.SILENCE,
    "unintelligible": Cue.UNINTELLIGIBLE,
    "service": Cue.NO_SERVICE,
    "microphone": Cue.NO_SERVICE,
}

_SOUND_OF_HINT = {
    Hint.TOO_DARK: Cue.TOO_DARK,
    Hint.BLURRED: Cue.BLURRED,
    Hint.TOO_CLOSE: Cue.TOO_CLOSE,
}


class Session:
    """One session. Each method takes what happened and yields what to do, in order; consume it fully."""

    def __init__(self, rules: Rules, now: float) -> None:
        self._rules = rules
        self._opened = now
        self._alone_since: float | None = None
        self._view = View(rules.out_of_view_s)
        self._agreement = Agreement(memory_s=_MEMORY_S, gone_s=rules.out_of_view_s)
        self._hints = Hints()
        self._product = ProductView(rules.out_of_view_s)
        self._items: list[FoodItem] = []
        self._asking: Candidate | None = None
        self._attempt = 0
        self.over = False

    @property
    def items(self) -> tuple[FoodItem, ...]:
        """What is registered so far, oldest first."""
        return tuple(self._items)

    @property
    def deadline(self) -> float:
        """When `time_passed` wants to be called if nothing else happens."""
        longest = self._opened + self._rules.longest_s
        return longest if self._alone_since is None else min(longest, self._alone_since + self._rules.nobody_s)

    def begin(self) -> Actions:
        yield Play(Cue.ON)

    def triggered(self, trigger: Trigger, now: float) -> Actions:
        match trigger:
            case Press.SHORT:
                yield from self._close("button")
            case Press.DOUBLE:
                yield from self._undo()
            case Press.HOLD:
                yield from self._cancel()
            case Presence(near=near):
                self._alone_since = None if near else now
            case WakeWord() if self._asking is None:
                yield from self._ask_for(Candidate(FoodType.GENERAL))

    def time_passed(self, now: float) -> Actions:
        if now >= self._opened + self._rules.longest_s:
            yield from self._close("longest time")
        elif self._alone_since is not None and now >= self._alone_since + self._rules.nobody_s:
            yield from self._close("nobody there")

    def seen(self, findings: Findings, now: float) -> Actions:
        dates = [found for found in findings.detections if isinstance(found, DateSeen)]
        agreed = self._agreement.see(dates, now)
        self._view.frame({_thing(found) for found in findings.detections}, now)
        self._product.frame(findings, now)
        codes = [found for found in findings.detections if isinstance(found, ContainerSeen | OtherCodeSeen)]
        for found in [*codes, *([agreed] if agreed else [])]:
            if self._asking is None and not self._is_known(found):
                self._view.note(_thing(found), now)
                yield Notice(found)
                yield from self._new(found)
        self._note_earlier_dates_of_the_pack(dates, now)
        hint = self._hints.see(findings.hint, now)
        if hint is not None and self._asking is None:
            yield Advise(hint)
            yield Play(_SOUND_OF_HINT[hint])

    def heard(self, name: str) -> Actions:
        if self._asking is not None:
            candidate, self._asking = self._asking, None
            yield Keep(candidate, name)

    def unheard(self, why: str) -> Actions:
        """An attempt brought no name: `why` is silence, unintelligible, service or microphone."""
        if self._asking is None:
            return
        yield Play(_SOUND_OF_FAILURE[why])
        if self._attempt < self._rules.attempts:
            yield from self._ask()
        else:
            yield from self._give_up_asking()

    def kept(self, item: FoodItem) -> Actions:
        self._items.append(item)
        yield Play(Cue.UNNAMED if item.name is None else Cue.REGISTERED)

    def taken_back(self, item: FoodItem) -> Actions:
        self._items.remove(item)
        yield Play(Cue.UNDONE)

    def discarded(self) -> Actions:
        self.over = True
        yield Play(Cue.CANCELLED)

    def not_kept(self) -> Actions:
        """The disk refused: everything is as it was before."""
        yield Play(Cue.FAILED)

    def interrupted(self) -> Actions:
        """The agent is asked to stop: settle with what is there."""
        yield from self._close("stopped")

    def _new(self, found: Detection) -> Actions:
        match found:
            case ContainerSeen(address=address):
                yield from self._ask_for(Candidate(FoodType.CONTAINER, address=address))
            case DateSeen(date=day):
                yield from self._ask_for(Candidate(FoodType.PACKAGED, expires_on=day, product=self._product.product))
            case OtherCodeSeen():
                yield Play(Cue.NOT_A_CONTAINER)

    def _is_known(self, found: Detection) -> bool:
        """Whether this thing, or for a date a later date on the same pack, is in view already."""
        if isinstance(found, DateSeen):
            return any(isinstance(thing, date) and thing >= found.date for thing in self._view)
        return _thing(found) in self._view

    def _note_earlier_dates_of_the_pack(self, dates: list[DateSeen], now: float) -> None:
        """What stands beside a known date is known too: it is no new pack when it can be read alone later."""
        known = max((seen.date for seen in dates if seen.date in self._view), default=None)
        for seen in dates:
            if known is not None and seen.date < known:
                self._view.note(seen.date, now)

    def _ask_for(self, candidate: Candidate) -> Actions:
        self._asking, self._attempt = candidate, 0
        self._agreement.forget()  # what was read of this pack shall not argue with the next one
        yield from self._ask()

    def _ask(self) -> Actions:
        self._attempt += 1
        yield Play(Cue.SPEAK)
        yield Ask(self._attempt)

    def _give_up_asking(self) -> Actions:
        """Keep what was about to be named without a name: it is never silently dropped."""
        if self._asking is not None:
            candidate, self._asking = self._asking, None
            yield StopAsking()
            yield Keep(candidate, None)

    def _undo(self) -> Actions:
        if self._asking is not None:
            self._asking = None
            yield StopAsking()
            yield Play(Cue.UNDONE)
        elif self._items:
            yield TakeBack(self._items[-1])
        else:
            yield Play(Cue.NOTHING)

    def _cancel(self) -> Actions:
        self._asking = None
        yield StopAsking()
        yield Discard()

    def _close(self, why: str) -> Actions:
        self.over = True
        yield from self._give_up_asking()
        yield Close(why)
        yield Play(Cue.OFF)


def _thing(found: Detection) -> Address | date | str:
    """What makes a detection the same thing in the next frame."""
    match found:
        case ContainerSeen(address=address):
            return address
        case DateSeen(date=day):
            return day
        case OtherCodeSeen(text=text):
            return text
        case ProductSeen(product=product):
            return product.gtin
