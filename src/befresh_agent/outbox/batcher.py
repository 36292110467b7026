"""Every half hour: all readings since the last message become one message. In: kept readings. Out: an outbox row."""

from befresh_agent.domain.events import NotKept
from befresh_agent.domain.pacing import phase_of, until_due
from befresh_agent.errors import StoreError
from befresh_agent.events import Events
from befresh_agent.outbox.store import Store
from befresh_agent.ports.clock import Clock
from befresh_agent.settings import DeliverySettings
from befresh_agent.vitals import Vitals

_STEP_S = 120.0
"""A batch takes far less, on the slowest card."""


class Batcher:
    def __init__(
        self,
        store: Store,
        settings: DeliverySettings,
        *,
        fridge_id: int,
        clock: Clock,
        events: Events,
        vitals: Vitals | None = None,
    ) -> None:
        self._store = store
        self._settings = settings
        self._phase_s = phase_of(fridge_id, settings.batch_interval_s)
        self._clock = clock
        self._events = events
        self._vitals = vitals or Vitals(clock)

    async def run(self) -> None:
        """Send at this fridge's own time in every interval, for ever."""
        sent = False
        while True:
            now = self._clock.now().timestamp()
            interval = self._settings.batch_interval_s
            pause = until_due(now, self._phase_s, interval, after_sending=sent)
            with self._vitals.within("batcher", pause + _STEP_S):
                await self._clock.sleep(pause)
                await self.flush()
            sent = True

    async def flush(self) -> None:
        """Turn everything that was kept into messages now."""
        try:
            while await self._store.batch():
                pass
            await self._store.prune(self._settings.kept_days)
            await self._store.prune_history(self._settings.history_days)
        except StoreError as error:  # the readings stay where they are, for the next turn
            self._events.tell(NotKept("a batch of readings", str(error)))
