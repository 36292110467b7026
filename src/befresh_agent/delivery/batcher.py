"""Every half hour all readings since the last message become one; and the journal, where no broker is set.

In: kept readings. Out: an outbox row. The journal stands in the relay's place: messages stay in the database, to be
listed and exported.
"""

from collections.abc import Awaitable, Callable

from befresh_agent.delivery.delivery_lane import QueueSignal
from befresh_agent.domain.delivery_events import MessageDelivered
from befresh_agent.domain.events import NotKept
from befresh_agent.domain.messages import MessageKind
from befresh_agent.domain.pacing import phase_of, until_due
from befresh_agent.errors import InvalidValue, StoreError
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.supervision import VitalSigns
from befresh_agent.settings.model import DeliverySettings
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore

_STEP_S = 120.0
"""A batch takes far less, on the slowest card."""


class ReadingBatcher:
    def __init__(
        self,
        store: OutboxStore,
        settings: DeliverySettings,
        *,
        fridge_id: int,
        clock: Clock,
        events: EventBus,
        vitals: VitalSigns | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._phase_s = phase_of(fridge_id, settings.batch_interval_s)
        self._clock = clock
        self._events = events
        self._vitals = vitals or VitalSigns(clock)

    async def run(self) -> None:
        """Send at this fridge's own time in every interval, for ever."""
        sent = False
        while True:
            now = self._clock.now().timestamp()
            interval = self._settings.batch_interval_s
            pause = until_due(now, self._phase_s, interval, after_sending=sent)
            with self._vitals.step("batcher", pause + _STEP_S):
                await self._clock.sleep(pause)
                await self.flush()
            sent = True

    async def flush(self) -> None:
        """Turn everything that was kept into messages now."""
        try:
            while await self._store.batch():
                pass
            await self._store.prune(self._settings.kept_days, self._settings.history_days)
        except StoreError as error:  # the readings stay where they are, for the next turn
            self._events.emit(NotKept("a batch of readings", str(error)))


_LOOK_S = 5.0
"""Another process (the `outbox name` command) may queue a message without giving our signal."""

_JOURNAL_STEP_S = 120.0
"""A look takes far less, on the slowest card."""


class LocalJournal:
    def __init__(self, store: OutboxStore, *, clock: Clock, events: EventBus, vitals: VitalSigns | None = None) -> None:
        self._store = store
        self._events = events
        self._signal = QueueSignal(events, clock)
        self._vitals = vitals or VitalSigns(clock)
        self._refused = False

    async def run(self) -> None:
        """Move every queued message into the journal, for ever; a store in trouble is asked again."""
        while True:
            with self._vitals.step("relay", _JOURNAL_STEP_S):
                await self._try_to_keep()
                await self._signal.wait(_LOOK_S)

    async def stop(self, grace_s: float) -> None:  # noqa: ARG002  # the relay's counterpart needs the time
        """The orderly end."""
        await self._try_to_keep()

    async def _try_to_keep(self) -> None:
        try:
            await self._keep()
        except StoreError as error:
            if not self._refused:
                self._events.emit(NotKept("a message's move into the journal", str(error)))
            self._refused = True
        else:
            self._refused = False

    async def _keep(self) -> None:
        waiting = [entry.message for entry in await self._store.entries((MessageState.WAITING,))]
        await self._store.mark([message.seq for message in waiting], MessageState.JOURNAL)
        for message in waiting:
            self._events.emit(MessageDelivered(message.seq, message.topic, "the journal"))


Compose = Callable[[], Awaitable[tuple[bytes, int] | None]]
"""The body and how many things it carries; None while there is nothing to say."""


class ReportService:
    def __init__(
        self,
        store: OutboxStore,
        kind: MessageKind,
        compose: Compose,
        *,
        interval_s: float,
        fridge_id: int,
        clock: Clock,
        events: EventBus,
    ) -> None:
        self._store = store
        self._kind = kind
        self.name = kind.split(".")[-2]
        self._compose = compose
        self._interval_s = interval_s
        self._phase_s = phase_of(fridge_id, interval_s)
        self._clock = clock
        self._events = events

    async def run(self) -> None:
        """Report at this fridge's own time in every interval, for ever."""
        sent = False
        while True:
            now = self._clock.now().timestamp()
            await self._clock.sleep(until_due(now, self._phase_s, self._interval_s, after_sending=sent))
            await self.report()
            sent = True

    async def report(self) -> None:
        """Queue one now; what cannot be kept is told, and given up."""
        try:
            if composed := await self._compose():
                await self._store.report(self._kind, *composed)
        except (StoreError, InvalidValue) as error:
            self._events.emit(NotKept("a report", str(error)))
