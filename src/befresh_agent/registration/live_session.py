"""One session as it runs: feeds what happens to the rules and does what they say.

In: triggers, findings, names. Out: items on disk before their sound, one settled session at the end.
"""

import asyncio
import functools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from befresh_agent.domain import session as rules
from befresh_agent.domain.detection import Findings
from befresh_agent.domain.events import (
    Detected,
    HardToSee,
    ItemRegistered,
    ItemRemoved,
    NameHeard,
    NameMissed,
    NotKept,
    SessionClosed,
)
from befresh_agent.domain.food import FoodItem
from befresh_agent.domain.ids import uuid7
from befresh_agent.domain.name import clean_name
from befresh_agent.domain.session import Action, Actions, Candidate, Session
from befresh_agent.domain.trigger import Trigger
from befresh_agent.errors import InvalidValue, StoreError
from befresh_agent.events import Events
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.ledger import Ledger
from befresh_agent.ports.voice import NotHeard, Unheard, Voice
from befresh_agent.registration.cues import Cues
from befresh_agent.registration.eyes import Eyes
from befresh_agent.settings import SessionSettings
from befresh_agent.vitals import Vitals

STEP_S = 120.0
"""Writing to the slowest card takes far less."""

Step = Callable[[], Actions]


@dataclass(frozen=True, slots=True)
class Parts:
    """What a session works with."""

    eyes: Eyes
    voice: Voice
    cues: Cues
    ledger: Ledger
    settings: SessionSettings
    clock: Clock
    events: Events
    vitals: Vitals


class LiveSession:
    """Runs until the rules say that it is over."""

    def __init__(self, name: str, parts: Parts) -> None:
        self.name = name
        self._parts = parts
        self._clock = parts.clock
        numbers = parts.settings
        self._session = Session(
            rules.Rules(numbers.attempts, numbers.nobody_s, numbers.longest_s, numbers.out_of_view_s),
            self._clock.monotonic(),
        )
        self._inbox: asyncio.Queue[Step] = asyncio.Queue()
        self._asking: asyncio.Task[None] | None = None

    @property
    def items(self) -> tuple[FoodItem, ...]:
        return self._session.items

    @property
    def over(self) -> bool:
        """Nothing that happens counts any more; only the devices are still being switched off."""
        return self._session.over

    def triggered(self, trigger: Trigger) -> None:
        self._put(lambda: self._session.triggered(trigger, self._clock.monotonic()))

    def interrupt(self) -> None:
        """Settle with what there is."""
        self._put(self._session.interrupted)

    async def run(self) -> None:
        """Watch, ask and keep until the session is over."""
        async with asyncio.TaskGroup() as tasks:
            helpers = [tasks.create_task(self._parts.eyes.watch(self._found)), tasks.create_task(self._watch_time())]
            self._put(self._session.begin)
            while not self._session.over:
                step = await self._inbox.get()
                with self._parts.vitals.within("session", STEP_S):
                    await self._do_all(step(), tasks)
            for helper in helpers:
                helper.cancel()

    async def _do_all(self, actions: Actions, tasks: asyncio.TaskGroup) -> None:
        for action in actions:
            await self._do(action, tasks)

    def _put(self, step: Step) -> None:
        self._inbox.put_nowait(step)

    def _found(self, findings: Findings) -> None:
        self._put(lambda: self._session.seen(findings, self._clock.monotonic()))

    async def _watch_time(self) -> None:
        while True:
            await self._clock.sleep(min(1.0, max(0.05, self._session.deadline - self._clock.monotonic())))
            if self._clock.monotonic() >= self._session.deadline:
                self._put(lambda: self._session.time_passed(self._clock.monotonic()))

    async def _do(self, action: Action, tasks: asyncio.TaskGroup) -> None:
        match action:
            case rules.Notice(detection=detection):
                self._parts.events.tell(Detected(detection))
            case rules.Advise(hint=hint):
                self._parts.events.tell(HardToSee(hint))
            case rules.Play(cue=cue):
                self._parts.cues.play(cue)
            case rules.Ask(attempt=attempt):
                self._asking = tasks.create_task(self._ask(attempt))
            case rules.StopAsking() if self._asking is not None:
                self._asking.cancel()
                self._asking = None
            case rules.Keep(candidate=candidate, name=name):
                await self._keep(candidate, name, tasks)
            case rules.TakeBack(item=item):
                await self._take_back(item, tasks)
            case rules.Close(why=why):
                await self._settle(why)
            case rules.Discard():
                await self._discard(tasks)

    async def _ask(self, attempt: int) -> None:
        await self._parts.cues.quiet()
        settings = self._parts.settings
        try:
            name = clean_name(await self._parts.voice.listen(settings.silence_s, settings.phrase_s))
        except NotHeard as error:
            self._missed(error.why, attempt)
        except InvalidValue:
            self._missed(Unheard.UNINTELLIGIBLE, attempt)
        else:
            self._parts.events.tell(NameHeard(name))
            self._answer(functools.partial(self._session.heard, name))

    def _missed(self, why: Unheard, attempt: int) -> None:
        if why is not Unheard.CANCELLED:
            self._parts.events.tell(NameMissed(why, attempt))
            self._answer(functools.partial(self._session.unheard, why))

    def _answer(self, step: Step) -> None:
        """Put an answer into the inbox; it counts only if its question still stands when its turn comes."""
        question = asyncio.current_task()
        self._put(lambda: step() if self._asking is question else iter(()))

    async def _keep(self, candidate: Candidate, name: str | None, tasks: asyncio.TaskGroup) -> None:
        now = self._clock.now()
        item = _item(candidate, name, now)
        if await self._on_disk("the item", self._parts.ledger.add(self.name, item)):
            self._parts.events.tell(ItemRegistered(item))
            await self._do_all(self._session.kept(item), tasks)
        else:
            await self._do_all(self._session.not_kept(), tasks)

    async def _take_back(self, item: FoodItem, tasks: asyncio.TaskGroup) -> None:
        if await self._on_disk("the undo", self._parts.ledger.remove(item.id)):
            self._parts.events.tell(ItemRemoved(item))
            await self._do_all(self._session.taken_back(item), tasks)
        else:
            await self._do_all(self._session.not_kept(), tasks)

    async def _settle(self, why: str) -> None:
        """Send what is there. Should the disk refuse, the items stay on it and `Registration` settles them later."""
        if await self._on_disk("the end of the session", self._parts.ledger.settle(self.name)):
            unnamed = sum(item.name is None for item in self.items)
            self._parts.events.tell(SessionClosed(self.name, why, len(self.items) - unnamed, unnamed))

    async def _discard(self, tasks: asyncio.TaskGroup) -> None:
        if await self._on_disk("the cancelling", self._parts.ledger.discard(self.name)):
            self._parts.events.tell(SessionClosed(self.name, "cancelled", 0, 0))
            await self._do_all(self._session.discarded(), tasks)
        else:
            await self._do_all(self._session.not_kept(), tasks)

    async def _on_disk(self, what: str, write: Awaitable[object]) -> bool:
        try:
            await write
        except StoreError as error:
            self._parts.events.tell(NotKept(what, str(error)))
            return False
        return True


def _item(candidate: Candidate, name: str | None, now: datetime) -> FoodItem:
    product = candidate.product
    return FoodItem(
        uuid7(now),
        candidate.kind,
        name,
        now,
        candidate.address,
        candidate.expires_on,
        product.gtin if product else None,
        product.lot if product else None,
    )
