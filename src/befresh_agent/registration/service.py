"""Registration: waits for a press, runs the session it opens, and settles what a crash left behind.

In: triggers. Out: sessions, each as one message in the outbox.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Protocol

from befresh_agent.domain.events import NotKept, SessionOpened, Triggered
from befresh_agent.domain.ids import uuid7
from befresh_agent.domain.trigger import Press, Trigger
from befresh_agent.errors import StoreError
from befresh_agent.registration.live_session import STEP_S, LiveSession, Parts
from befresh_agent.vitals import FOR_EVER

_SETTLE_AGAIN_S = 60.0


class Triggers(Protocol):
    """The trigger stage as registration sees it."""

    def stream(self) -> AsyncIterator[Trigger]:
        """Everything that happens, in order."""

    def live(self, on: bool) -> None:
        """Switch what costs power (the distance sensor) on and off with the session."""


class Registration:
    """One session at a time."""

    def __init__(self, triggers: Triggers, parts: Parts) -> None:
        self._triggers = triggers
        self._parts = parts
        self._live: LiveSession | None = None
        self._closed = asyncio.Event()
        self._stopping = False

    @property
    def live(self) -> LiveSession | None:
        """The session that is open now."""
        return self._live

    async def run(self) -> None:
        """For ever, or until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._parts.cues.run())
            tasks.create_task(self._keep_settling())
            triggers = self._triggers.stream()
            while True:
                with self._parts.vitals.within("registration", FOR_EVER):
                    trigger = await anext(triggers)
                with self._parts.vitals.within("registration", STEP_S):
                    await self._act_on(trigger, tasks)

    async def _act_on(self, trigger: Trigger, tasks: asyncio.TaskGroup) -> None:
        self._parts.events.tell(Triggered(trigger))
        if self._live is not None and self._live.over:
            await self._closed.wait()  # a press meanwhile means the next session
        if self._live is not None:
            self._live.triggered(trigger)
        elif trigger is Press.SHORT and not self._stopping:
            self._live = self._open()
            tasks.create_task(self._run(self._live))

    async def stop(self) -> None:
        """Take no new triggers and settle an open session with what it has; returns when that is on disk."""
        self._stopping = True
        if self._live is not None:
            self._live.interrupt()
        while self._live is not None:
            await self._parts.clock.sleep(0.02)

    def _open(self) -> LiveSession:
        self._closed.clear()
        session = LiveSession(uuid7(self._parts.clock.now()), self._parts)
        self._parts.events.tell(SessionOpened(session.name))
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
        """Settle what was left behind; at the start, and whenever the disk may take again what it refused."""
        refused = False
        while True:
            try:
                with self._parts.vitals.within("settling", STEP_S):
                    await self._parts.ledger.settle_left_behind(self._live.name if self._live else None)
                refused = False
            except StoreError as error:
                if not refused:
                    self._parts.events.tell(NotKept("an interrupted session", str(error)))
                refused = True
            await self._parts.clock.sleep(_SETTLE_AGAIN_S)
