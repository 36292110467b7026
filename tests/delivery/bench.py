"""A store, a relay and a publisher put together the way the agent does it, with short deadlines."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

from befresh_agent.adapters.kafka.kafka_publisher import KafkaPublisher
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.delivery.relay import DeliveryRelay
from befresh_agent.domain.container import Address
from befresh_agent.domain.events import Event
from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.ports.clock import Clock
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import DeliverySettings, KafkaSettings, SecretSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore

T = TypeVar("T")

BOX = Address("FB:89:EB:22:95:84")
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


def kafka_settings(server: str, **changes: object) -> KafkaSettings:
    """Deadlines of a few seconds in place of a minute."""
    quick = {"request_timeout_s": 1.5, "start_timeout_s": 4, "delivery_timeout_s": 4}
    return KafkaSettings.model_validate({"server": server, **quick, **changes})


QUICK = DeliverySettings(backoff_first_s=0.05, backoff_longest_s=0.5, spread_s=0)


@dataclass
class Bench:
    store: OutboxStore
    relay: DeliveryRelay
    publisher: KafkaPublisher
    told: list[Event]
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        self.tasks.append(asyncio.create_task(self.relay.run()))

    async def drained(self, seconds: float = 30) -> None:
        """Until nothing waits any more."""
        async with asyncio.timeout(seconds):
            while (await self.store.summary()).waiting:
                assert not any(task.done() for task in self.tasks)
                await asyncio.sleep(0.02)

    def heard(self, kind: type[T]) -> list[T]:
        return [event for event in self.told if isinstance(event, kind)]


@asynccontextmanager
async def bench(
    path: Path,
    kafka: KafkaSettings,
    delivery: DeliverySettings = QUICK,
    *,
    clock: Clock | None = None,
    size_mb: int = 64,
    secrets: SecretSettings | None = None,
) -> AsyncIterator[Bench]:
    clock = clock or SystemClock()
    told: list[Event] = []
    events = EventBus()
    events.subscribe(told.append)
    async with (
        Database(path, size_mb=size_mb) as database,
        KafkaPublisher(kafka, fridge_id=17, secrets=secrets) as publisher,
    ):
        store = OutboxStore(database, fridge_id=17, topics=kafka, clock=clock, events=events)
        made = Bench(store, DeliveryRelay(store, publisher, delivery, clock=clock, events=events), publisher, told)
        try:
            yield made
        finally:
            for task in made.tasks:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task


async def register(store: OutboxStore, *names: str) -> None:
    """A session with general foods."""
    session = uuid7(AT)
    for name in names:
        await store.add(session, FoodItem(uuid7(AT), FoodType.GENERAL, name, AT))
    await store.settle(session)


async def take(store: OutboxStore, readings: int) -> None:
    """Readings of one container."""
    for n in range(readings):
        await store.keep_reading(Reading(BOX, AT + timedelta(minutes=n), Measurement(4.5, 61, 1009.8, 537, 101700, n)))


async def measure(store: OutboxStore, batches: int = 1, readings: int = 3) -> None:
    """Batches with so many readings each."""
    for _ in range(batches):
        await take(store, readings)
        await store.batch()


async def frozen(store: OutboxStore, states: Sequence[MessageState] = ()) -> dict[str, bytes]:
    """Bodies by id, as the outbox holds them."""
    return {entry.message.id: entry.message.body for entry in await store.entries(states)}
