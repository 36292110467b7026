"""The rules of one registration session: what happened goes in, what to do comes out. No I/O, no clock of its own.

A session watches until it finds something new, asks for its name, and has the item kept; it ends by a press, by nobody
being there, by its longest time, or by being cancelled. Times are seconds on any monotonic clock.
"""

from dataclasses import replace
from datetime import date

from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.detection import (
    ContainerSeen,
    DateSeen,
    Detection,
    FrameFindings,
    OtherCodeSeen,
)
from befresh_agent.domain.food import FoodItem, FoodType, ItemCandidate, NameQuestion
from befresh_agent.domain.gs1 import Product
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.spoken_answer import SpokenAnswer, SpokenIntent
from befresh_agent.domain.trigger import Presence, Press, Trigger, WakeWord
from befresh_agent.registration.rules.actions import (
    Actions,
    AskBack,
    CloseSession,
    DiscardSession,
    KeepItem,
    OfferSpelling,
    PlayCue,
    ReportHint,
    ReportSeen,
    SessionLimits,
    StopAsking,
    TakeBack,
)
from befresh_agent.registration.rules.agreement import DateAgreement
from befresh_agent.registration.rules.in_view import (
    SOUND_OF_HINT,
    HintFilter,
    ProductView,
    SpellingHint,
    ViewMemory,
    thing_of,
)
from befresh_agent.registration.rules.name_dialogue import NameDialogue

MEMORY_S = 8.0
"""A slow machine reads a picture in two seconds or three; two of them must fit well into the memory."""

_DOUBT_FRAMES = 3
"""A doubtful date is asked about once so many frames showed it alike: it may be read surely meanwhile."""

_ANSWER_S = 10.0
"""Whoever was asked about a date and has not answered by then is not there, or does not know."""


class SessionRules:
    """One session. Each method takes what happened and yields what to do, in order; consume it fully."""

    def __init__(self, rules: SessionLimits, now: float) -> None:
        self._rules = rules
        self._opened = now
        self._alone_since: float | None = None
        self._view = ViewMemory(rules.out_of_view_s)
        self._agreement = DateAgreement(memory_s=MEMORY_S, gone_s=rules.out_of_view_s)
        self._doubts = DateAgreement(need=_DOUBT_FRAMES, memory_s=MEMORY_S, gone_s=rules.out_of_view_s)
        self._doubted: ItemCandidate | None = None
        self._answer_until = 0.0
        self._hints = HintFilter()
        self._spelling = SpellingHint()
        self._product = ProductView(rules.out_of_view_s)
        self._items: list[FoodItem] = []
        self._dialogue = NameDialogue(rules.attempts)
        self.over = False

    @property
    def items(self) -> tuple[FoodItem, ...]:
        """What is registered so far, oldest first."""
        return tuple(self._items)

    @property
    def proposed(self) -> str | None:
        """The name that is proposed at this moment: silence or a press confirms it."""
        return self._dialogue.proposed

    @property
    def question(self) -> NameQuestion | None:
        """What is being asked; None while nothing is."""
        return self._dialogue.question

    @property
    def deadline(self) -> float:
        """When `time_passed` wants to be called if nothing else happens."""
        deadlines = [self._opened + self._rules.longest_s]
        if self._alone_since is not None:
            deadlines.append(self._alone_since + self._rules.nobody_s)
        if self._doubted is not None:
            deadlines.append(self._answer_until)
        return min(deadlines)

    def begin(self) -> Actions:
        yield PlayCue(Cue.ON)

    def triggered(self, trigger: Trigger, now: float) -> Actions:
        match trigger:
            case Press.SHORT if self.proposed is not None:
                yield from self._dialogue.give_up()
            case Press.DOUBLE if self.proposed is not None:
                yield StopAsking()
                yield from self._dialogue.ask_anew()
            case Press.SHORT if self._doubted is not None:
                yield from self._date_is_right(self._doubted)
            case Press.DOUBLE if self._doubted is not None:
                self._doubted = None
                yield PlayCue(Cue.UNDONE)
            case Press.SHORT:
                yield from self._close("button")
            case Press.DOUBLE:
                yield from self._undo()
            case Press.HOLD:
                yield from self._cancel()
            case Presence(near=near, since=since):
                self._alone_since = None if near else now if since is None else since
            case WakeWord() | Press.LONG if not self._is_busy:
                yield from self._ask_for(ItemCandidate(FoodType.GENERAL, product=self._unregistered_product()))

    def time_passed(self, now: float) -> Actions:
        if now >= self._opened + self._rules.longest_s:
            yield from self._close("longest time")
        elif self._alone_since is not None and now >= self._alone_since + self._rules.nobody_s:
            yield from self._close("nobody there")
        elif now >= self._answer_until:
            yield from self._leave_in_doubt()

    def seen(self, findings: FrameFindings, now: float) -> Actions:
        dates = [found for found in findings.detections if isinstance(found, DateSeen)]
        doubt = findings.doubt
        agreed = self._agreement.add_frame(dates, now, doubt)
        asked = {("asked", doubt.date)} if doubt else set()
        self._view.frame({thing_of(found) for found in findings.detections} | asked, now)
        self._product.frame(findings, now)
        codes = [found for found in findings.detections if isinstance(found, ContainerSeen | OtherCodeSeen)]
        for found in [*codes, *([agreed] if agreed else [])]:
            if isinstance(found, DateSeen):
                self._doubted = None  # it was read surely meanwhile
            if not self._is_busy and not self._is_known(found):
                self._view.note(thing_of(found), now)
                yield ReportSeen(found)
                yield from self._new(found)
        self._note_earlier_dates_of_the_pack(dates, now)
        yield from self._doubtful(doubt, dates, now)
        if not self._is_busy and (way := self._spelling.see(findings.unused)) is not None:
            yield OfferSpelling(way)
            yield PlayCue(Cue.OTHER_SPELLING)
        hint = self._hints.feed(findings.hint, now)
        if hint is not None and not self._is_busy:
            yield ReportHint(hint)
            yield PlayCue(SOUND_OF_HINT[hint])

    def heard(self, answer: SpokenAnswer) -> Actions:
        """Somebody answered: with a name or several, or with a wish."""
        if self._dialogue.candidate is not None and answer.intent is SpokenIntent.CANCEL:
            yield from self._undo()
        else:
            yield from self._dialogue.heard(answer)

    def typed(self, name: str) -> Actions:
        """Somebody typed the name that is being asked for, or that of a food without code and date."""
        yield from self._dialogue.typed(name)

    def unheard(self, why: str) -> Actions:
        """An attempt brought no name: `why` is silence, unintelligible, service, microphone or no engine."""
        yield from self._dialogue.unheard(why)

    def recalled(self, known: KnownProduct | None) -> Actions:
        """What the product is called here, if that is known."""
        yield from self._dialogue.recalled(known)

    def kept(self, item: FoodItem) -> Actions:
        self._items.append(item)
        yield PlayCue(Cue.UNNAMED if item.name is None else Cue.REGISTERED, CueSubject(item.name, item.expires_on))

    def taken_back(self, item: FoodItem) -> Actions:
        self._items.remove(item)
        yield PlayCue(Cue.UNDONE, CueSubject(item.name, item.expires_on))

    def discarded(self) -> Actions:
        self.over = True
        yield PlayCue(Cue.CANCELLED)

    def not_kept(self) -> Actions:
        """The disk refused: everything is as it was before."""
        yield PlayCue(Cue.FAILED)

    def interrupted(self) -> Actions:
        """The agent is asked to stop: settle with what is there."""
        yield from self._close("stopped")

    def _new(self, found: Detection) -> Actions:
        match found:
            case ContainerSeen(address=address):
                yield from self._ask_for(ItemCandidate(FoodType.CONTAINER, address=address))
            case DateSeen(date=day):
                yield from self._ask_for(
                    ItemCandidate(FoodType.PACKAGED, expires_on=day, product=self._product.product)
                )
            case OtherCodeSeen():
                yield PlayCue(Cue.NOT_A_CONTAINER)

    @property
    def _is_busy(self) -> bool:
        """A question is open: whatever else is seen has to wait."""
        return self._dialogue.candidate is not None or self._doubted is not None

    def _doubtful(self, doubt: DateSeen | None, dates: list[DateSeen], now: float) -> Actions:
        """Ask about a date that stays doubtful, once for as long as it is in view; none beside a sure one."""
        agreed = self._doubts.add_frame([doubt] if doubt and not dates else [], now)
        if agreed is None or self._is_busy or self._is_known(agreed) or ("asked", agreed.date) in self._view:
            return
        self._view.note(("asked", agreed.date), now)
        self._doubted = ItemCandidate(FoodType.PACKAGED, expires_on=agreed.date, product=self._product.product)
        self._answer_until = now + _ANSWER_S
        self._agreement.forget()  # what is read surely from now on needs no answer
        yield AskBack(agreed.date)

    def _date_is_right(self, candidate: ItemCandidate) -> Actions:
        self._doubted = None
        yield from self._ask_for(candidate)

    def _leave_in_doubt(self) -> Actions:
        """Nobody answered: the item is kept and waits for somebody who looks at its date."""
        if self._doubted is not None:
            candidate, self._doubted = self._doubted, None
            yield KeepItem(replace(candidate, doubted=True), None)

    def _is_known(self, found: Detection) -> bool:
        """Whether this thing, or for a date a later date on the same pack, is in view already."""
        if isinstance(found, DateSeen):
            return any(isinstance(thing, date) and thing >= found.date for thing in self._view)
        return thing_of(found) in self._view

    def _note_earlier_dates_of_the_pack(self, dates: list[DateSeen], now: float) -> None:
        """What stands beside a known date is known too: it is no new pack when it can be read alone later."""
        known = max((seen.date for seen in dates if seen.date in self._view), default=None)
        for seen in dates:
            if known is not None and seen.date < known:
                self._view.note(seen.date, now)

    def _ask_for(self, candidate: ItemCandidate) -> Actions:
        self._doubts.forget()
        self._agreement.forget()  # what was read of this pack shall not argue with the next one
        name = self._called_before(candidate.product.gtin) if candidate.product else None
        yield from self._dialogue.begin(candidate, name)

    def _called_before(self, gtin: str) -> str | None:
        """What the product was called in this very session, which nobody else knows yet."""
        return next((item.name for item in reversed(self._items) if item.product == gtin and item.name), None)

    def _unregistered_product(self) -> Product | None:
        """The product before the camera, unless it is that of a pack which is registered already."""
        product = self._product.product
        known = any(product is not None and item.product == product.gtin for item in self._items)
        return None if known else product

    def _give_up_asking(self) -> Actions:
        yield from self._dialogue.give_up()

    def _undo(self) -> Actions:
        if self._dialogue.candidate is not None:
            self._dialogue.drop()
            yield StopAsking()
            yield PlayCue(Cue.UNDONE)
        elif self._items:
            yield TakeBack(self._items[-1])
        else:
            yield PlayCue(Cue.NOTHING)

    def _cancel(self) -> Actions:
        self._dialogue.drop()
        self._doubted = None
        yield StopAsking()
        yield DiscardSession()

    def _close(self, why: str) -> Actions:
        self.over = True
        yield from self._leave_in_doubt()
        yield from self._give_up_asking()
        yield CloseSession(why)
        yield PlayCue(Cue.OFF)
