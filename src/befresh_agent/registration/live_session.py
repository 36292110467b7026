"""One session as it runs: feeds what happens to the rules and does what they say.

In: triggers, findings, names. Out: items on disk before their sound, one settled session at the end.
"""

import asyncio
import contextlib
import functools
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from befresh_agent.domain import events as e
from befresh_agent.domain.cue import Cue, CueSubject
from befresh_agent.domain.detection import FrameFindings
from befresh_agent.domain.food import FoodItem, NameQuestion, uuid7
from befresh_agent.domain.known_product import KnownProduct
from befresh_agent.domain.spoken_answer import NameHypothesis, SpokenAnswer, SpokenIntent
from befresh_agent.domain.trigger import Trigger
from befresh_agent.errors import StoreError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.storage import FoodStock, ItemStore
from befresh_agent.ports.voice import ListenFailure, NotHeard, Voice
from befresh_agent.registration.answering import QuestionAnswerer
from befresh_agent.registration.capture_loop import CaptureLoop
from befresh_agent.registration.cues import CuePlayer
from befresh_agent.registration.rules import actions
from befresh_agent.registration.rules.actions import Action, Actions
from befresh_agent.registration.rules.name_choice import NameVocabulary, choose
from befresh_agent.registration.rules.session import SessionRules
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.supervision import VitalSigns
from befresh_agent.settings.model import SessionSettings

STEP_S = 120.0
"""Writing to the slowest card takes far less."""

_PROPOSAL = 0
"""In the place of an attempt's number: what is asked is whether a proposed name is right."""

Step = Callable[[], Actions]


@dataclass(frozen=True, slots=True)
class SessionParts:
    """What a session works with."""

    eyes: CaptureLoop
    voice: Voice
    cues: CuePlayer
    ledger: ItemStore
    stock: FoodStock
    settings: SessionSettings
    clock: Clock
    events: EventBus
    vitals: VitalSigns
    look_up: Callable[[str], Awaitable[KnownProduct | None]] | None = None
    """What a service outside calls a product, if it says so in time; None where none is to be asked."""
    answerer: QuestionAnswerer | None = None
    """Who answers questions; None where nothing is spoken."""


class LiveSession:
    """Runs until the rules say that it is over."""

    def __init__(self, name: str, parts: SessionParts) -> None:
        self.name = name
        self._parts = parts
        self._clock = parts.clock
        self._session = SessionRules(parts.settings, self._clock.monotonic())
        self._inbox: asyncio.Queue[Step] = asyncio.Queue()
        self._asking: asyncio.Task[None] | None = None
        self._vocabulary = NameVocabulary()
        self._doubted: frozenset[str] = frozenset()
        self._topic: str | None = None
        """The food that was spoken of last."""
        self._put(lambda: self._session.begin())  # by the time it begins, the rules may be those of another kind

    @property
    def items(self) -> tuple[FoodItem, ...]:
        return self._session.items

    @property
    def question(self) -> NameQuestion | None:
        """The name that is being asked for."""
        return self._session.question

    @property
    def over(self) -> bool:
        """Nothing that happens counts any more; only the devices are still being switched off."""
        return self._session.over

    def triggered(self, trigger: Trigger) -> None:
        self._put(lambda: self._session.triggered(trigger, self._clock.monotonic()))

    def typed(self, name: str) -> None:
        """A name came from the page."""
        self._put(lambda: self._session.typed(name))

    def interrupt(self) -> None:
        """Settle with what there is."""
        self._put(self._session.interrupted)

    async def run(self) -> None:
        """Watch, ask and keep until the session is over."""
        async with asyncio.TaskGroup() as tasks:
            helpers = [tasks.create_task(self._parts.eyes.watch(self._found)), tasks.create_task(self._watch_time())]
            tasks.create_task(self._learn_names())
            while not self._session.over:
                step = await self._inbox.get()
                with self._parts.vitals.step("session", STEP_S):
                    await self._do_all(step(), tasks)
            for helper in helpers:
                helper.cancel()

    async def _learn_names(self) -> None:
        """Names that were used before are known words; without a disk the session goes on without them."""
        with contextlib.suppress(StoreError):
            ledger = self._parts.ledger
            self._vocabulary = NameVocabulary(await ledger.names_used(), await ledger.corrections())

    async def _do_all(self, actions: Actions, tasks: asyncio.TaskGroup) -> None:
        for action in actions:
            await self._do(action, tasks)

    def _put(self, step: Step) -> None:
        self._inbox.put_nowait(step)

    def _found(self, findings: FrameFindings) -> None:
        self._put(lambda: self._session.seen(findings, self._clock.monotonic()))

    async def _watch_time(self) -> None:
        while True:
            await self._clock.sleep(min(1.0, max(0.05, self._session.deadline - self._clock.monotonic())))
            if self._clock.monotonic() >= self._session.deadline:
                self._put(lambda: self._session.time_passed(self._clock.monotonic()))

    async def _do(self, action: Action, tasks: asyncio.TaskGroup) -> None:
        match action:
            case actions.ReportSeen() | actions.ReportHint() | actions.OfferSpelling():
                self._parts.events.emit(_reported(action))
            case actions.PlayCue(cue=cue, about=about):
                self._parts.cues.play(cue, about)
            case actions.AskName(attempt=attempt):
                self._parts.events.emit(e.NameAsked(attempt))
                self._asking = tasks.create_task(self._ask(attempt))
            case actions.RecallProduct(gtin=gtin):
                await self._recall(gtin, tasks)
            case actions.ProposeName(name=name):
                self._parts.events.emit(e.NameProposed(name))
                self._parts.cues.play(Cue.IS_NAME_RIGHT)
                self._asking = tasks.create_task(self._ask(_PROPOSAL))
            case actions.AnswerQuestion(question=question) if self._parts.answerer is not None:
                self._topic = question.name or self._topic
                await self._parts.answerer.answer(question, self._topic)
            case actions.AskBack(day=day):
                self._parts.events.emit(e.DateAsked(day))
                self._parts.cues.play(Cue.IS_DATE_RIGHT, CueSubject(day=day))
            case actions.StopAsking() if self._asking is not None:
                self._asking.cancel()
                self._asking = None
            case actions.KeepItem():
                self._doubted = frozenset()
                await self._keep(action, tasks)
            case actions.TakeBack(item=item):
                await self._take_back(item, tasks)
            case actions.CloseSession(why=why):
                await self._settle(why)
            case actions.DiscardSession():
                await self._discard(tasks)

    async def _recall(self, gtin: str, tasks: asyncio.TaskGroup) -> None:
        """Without a disk nothing is known, and the name is asked for."""
        known = None
        with contextlib.suppress(StoreError):
            known = await self._parts.ledger.product(gtin)
        if known is None and (look_up := self._parts.look_up) is not None:
            self._asking = tasks.create_task(self._look_up(look_up, gtin))
        else:
            await self._do_all(self._session.recalled(known), tasks)

    async def _look_up(self, look_up: Callable[[str], Awaitable[KnownProduct | None]], gtin: str) -> None:
        """The session goes on meanwhile: whoever presses, or types the name, is not waited for."""
        known = await look_up(gtin)
        self._answer(functools.partial(self._session.recalled, known))

    async def _ask(self, attempt: int) -> None:
        await self._parts.cues.wait_until_silent()
        settings = self._parts.settings
        try:
            readings = await self._parts.voice.listen(settings.silence_s, settings.phrase_s, self._vocabulary.names)
        except NotHeard as error:
            self._missed(error.why, attempt)
        else:
            self._heard(await self._chosen(readings), attempt)

    async def _chosen(self, readings: Sequence[NameHypothesis]) -> SpokenAnswer:
        """What is doubted twice in the same way is believed."""
        answer = await asyncio.to_thread(choose, readings, self._vocabulary, self._doubted)
        self._doubted = answer.doubted
        return answer if self._parts.answerer else replace(answer, question=None)

    def _heard(self, answer: SpokenAnswer, attempt: int) -> None:
        match answer.intent:
            case SpokenIntent.QUESTION if answer.question is not None:
                pass
            case SpokenIntent.UNCLEAR | SpokenIntent.QUESTION:
                self._missed(ListenFailure.UNINTELLIGIBLE, attempt)
                return
            case SpokenIntent.YES | SpokenIntent.NO if attempt != _PROPOSAL:
                self._missed(ListenFailure.UNINTELLIGIBLE, attempt)
                return
            case SpokenIntent.NAME:
                self._parts.events.emit(e.NameHeard(", ".join(answer.names)))
            case wish:
                self._parts.events.emit(e.WishHeard(wish))
        self._answer(functools.partial(self._session.heard, answer))

    def _missed(self, why: ListenFailure, attempt: int) -> None:
        if why is not ListenFailure.CANCELLED:
            if attempt != _PROPOSAL:  # where silence is an answer
                self._parts.events.emit(e.NameMissed(why, attempt))
            self._answer(functools.partial(self._session.unheard, why))

    def _answer(self, step: Step) -> None:
        """Put an answer into the inbox; it counts only if its question still stands when its turn comes."""
        question = asyncio.current_task()
        self._put(lambda: step() if self._asking is question else iter(()))

    async def _keep(self, wish: actions.KeepItem, tasks: asyncio.TaskGroup) -> None:
        item = _item(wish, self._clock.now())
        if await self._on_disk("the item", self._parts.ledger.add(self.name, item)):
            self._topic = item.name or self._topic
            self._parts.events.emit(e.ItemRegistered(item))
            await self._do_all(self._session.kept(item), tasks)
        else:
            await self._do_all(self._session.not_kept(), tasks)

    async def _take_back(self, item: FoodItem, tasks: asyncio.TaskGroup) -> None:
        if await self._on_disk("the undo", self._parts.ledger.remove(item.id)):
            self._parts.events.emit(e.ItemRemoved(item))
            await self._do_all(self._session.taken_back(item), tasks)
        else:
            await self._do_all(self._session.not_kept(), tasks)

    async def _settle(self, why: str) -> None:
        """Send what is there. Should the disk refuse, the items stay on it and `RegistrationService` settles them
        later.
        """
        if await self._on_disk("the end of the session", self._parts.ledger.settle(self.name)):
            unnamed = sum(item.name is None for item in self.items)
            self._parts.events.emit(e.SessionClosed(self.name, why, len(self.items) - unnamed, unnamed))

    async def _discard(self, tasks: asyncio.TaskGroup) -> None:
        if await self._on_disk("the cancelling", self._parts.ledger.discard(self.name)):
            self._parts.events.emit(e.SessionClosed(self.name, "cancelled", 0, 0))
            await self._do_all(self._session.discarded(), tasks)
        else:
            await self._do_all(self._session.not_kept(), tasks)

    async def _on_disk(self, what: str, write: Awaitable[object]) -> bool:
        try:
            await write
        except StoreError as error:
            self._parts.events.emit(e.NotKept(what, str(error)))
            return False
        return True


def _reported(action: actions.ReportSeen | actions.ReportHint | actions.OfferSpelling) -> e.Event:
    match action:
        case actions.ReportSeen(detection=detection):
            return e.ThingDetected(detection)
        case actions.ReportHint(hint=hint):
            return e.HardToSee(hint)
    return e.OtherSpelling(action.way)


def _item(wish: actions.KeepItem, now: datetime) -> FoodItem:
    candidate, product = wish.candidate, wish.candidate.product
    return FoodItem(
        uuid7(now),
        candidate.kind,
        wish.name,
        now,
        candidate.address,
        candidate.expires_on,
        product.gtin if product else None,
        product.lot if product else None,
        candidate.doubted,
        wish.heard,
    )
