"""Stands in the relay's place where no broker is set: messages stay in the database, to be listed and exported."""

from befresh_agent.domain.events import MessageDelivered, NotKept
from befresh_agent.errors import StoreError
from befresh_agent.events import Events
from befresh_agent.outbox.bell import Bell
from befresh_agent.outbox.rows import State
from befresh_agent.outbox.store import Store
from befresh_agent.ports.clock import Clock
from befresh_agent.vitals import Vitals

_LOOK_S = 5.0
"""Another process (the `outbox name` command) may queue a message without ringing our bell."""
_STEP_S = 120.0
"""A look takes far less, on the slowest card."""


class Journal:
    def __init__(self, store: Store, *, clock: Clock, events: Events, vitals: Vitals | None = None) -> None:
        self._store = store
        self._events = events
        self._bell = Bell(events, clock)
        self._vitals = vitals or Vitals(clock)
        self._refused = False

    async def run(self) -> None:
        """Move every queued message into the journal, for ever; a store in trouble is asked again."""
        while True:
            with self._vitals.within("relay", _STEP_S):
                await self._try_to_keep()
                await self._bell.wait(_LOOK_S)

    async def stop(self, grace_s: float) -> None:  # noqa: ARG002  # the relay's counterpart needs the time
        """The orderly end."""
        await self._try_to_keep()

    async def _try_to_keep(self) -> None:
        try:
            await self._keep()
        except StoreError as error:
            if not self._refused:
                self._events.tell(NotKept("a message's move into the journal", str(error)))
            self._refused = True
        else:
            self._refused = False

    async def _keep(self) -> None:
        waiting = [entry.message for entry in await self._store.entries((State.WAITING,))]
        await self._store.mark([message.seq for message in waiting], State.JOURNAL)
        for message in waiting:
            self._events.tell(MessageDelivered(message.seq, message.topic, "the journal"))
