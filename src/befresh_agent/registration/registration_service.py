"""Registration: waits for a press, runs the session it opens, and settles what a crash left behind.

In: triggers. Out: sessions, each as one message in the outbox.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Protocol

from befresh_agent.domain.events import NotKept, SessionOpened, TriggerReceived
from befresh_agent.domain.food import NameQuestion, uuid7
from befresh_agent.domain.trigger import Press, Trigger
from befresh_agent.errors import StoreError
from befresh_agent.registration.live_session import STEP_S, LiveSession, SessionParts
from befresh_agent.registration.take_out_session import TakeOutSession
from befresh_agent.runtime.supervision import FOR_EVER

_SETTLE_AGAIN_S = 60.0


class TriggerSource(Protocol):
    """The trigger stage as registration sees it."""

    def stream(self) -> AsyncIterator[Trigger]:
        """Everything that happens, in order."""

    def live(self, on: bool) -> None:
        """Switch what costs power (the distance sensor) on and off with the session."""


class RegistrationService:
    """One session at a time."""

    def __init__(
        self, triggers: TriggerSource, parts: SessionParts, on_help: Callable[[], None] = lambda: None
    ) -> None:
        """`on_help`: somebody wants to know how the fridge is, while no session is open."""
        self._triggers = triggers
        self._parts = parts
        self._on_help = on_help
        self._cancelled_by_hold = False
        """What began as the cancelling of a session asks for nothing more."""
        self._live: LiveSession | None = None
        self._closed = asyncio.Event()
        self._stopping = False

    @property
    def live(self) -> LiveSession | None:
        """The session that is open now."""
        return self._live

    def question(self) -> NameQuestion | None:
        """The name that the open session asks for."""
        return self._live.question if self._live else None

    def type_name(self, name: str) -> bool:
        """A name was typed on the page; whether a session is open that takes it."""
        if self._live is None or self._live.over:
            return False
        self._live.typed(name)
        return True

    def announce(self, sentence: str) -> None:
        """Speak a sentence of somebody else's, between the fridge's own."""
        self._parts.cues.say(sentence)

    async def run(self) -> None:
        """For ever, or until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._parts.cues.run())
            tasks.create_task(self._keep_settling())
            triggers = self._triggers.stream()
            while True:
                with self._parts.vitals.step("registration", FOR_EVER):
                    trigger = await anext(triggers)
                with self._parts.vitals.step("registration", STEP_S):
                    await self._act_on(trigger, tasks)

    async def _act_on(self, trigger: Trigger, tasks: asyncio.TaskGroup) -> None:
        self._parts.events.emit(TriggerReceived(trigger))
        if self._live is not None and self._live.over:
            await self._closed.wait()  # a press meanwhile means the next session
        if trigger is Press.HOLD:
            self._cancelled_by_hold = self._live is not None
        if self._live is not None:
            self._live.triggered(trigger)
        elif trigger is Press.HELP and not self._cancelled_by_hold:
            self._on_help()
        elif trigger in (Press.SHORT, Press.LONG) and not self._stopping:
            self._live = self._open(LiveSession)
            tasks.create_task(self._run(self._live))
            if trigger is Press.LONG:
                self._live.triggered(trigger)
        elif trigger is Press.DOUBLE and not self._stopping:
            self._live = self._open(TakeOutSession)
            tasks.create_task(self._run(self._live))

    async def stop(self) -> None:
        """Take no new triggers and settle an open session with what it has; returns when that is on disk."""
        self._stopping = True
        if self._live is not None:
            self._live.interrupt()
        while self._live is not None:
            await self._parts.clock.sleep(0.02)

    def _open(self, kind: type[LiveSession]) -> LiveSession:
        self._closed.clear()
        session = kind(uuid7(self._parts.clock.now()), self._parts)
        self._parts.events.emit(SessionOpened(session.name, taking_out=kind is TakeOutSession))
        return session

    async def _run(self, session: LiveSession) -> None:
        self._triggers.live(True)
        self._parts.voice.open()
        try:
            await session.run()
        finally:
            self._parts.voice.close()
            self._triggers.live(False)
            self._live = None
            self._closed.set()

    async def _keep_settling(self) -> None:
        """Settle what was left behind, also what the disk refused, and tell what was taken out for good."""
        refused = False
        while True:
            try:
                with self._parts.vitals.step("settling", STEP_S):
                    await self._parts.ledger.settle_left_behind(self._live.name if self._live else None)
                    await self._parts.ledger.tell_removed()
                refused = False
            except StoreError as error:
                if not refused:
                    self._parts.events.emit(NotKept("an interrupted session", str(error)))
                refused = True
            await self._parts.clock.sleep(_SETTLE_AGAIN_S)
