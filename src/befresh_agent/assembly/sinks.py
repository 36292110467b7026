"""Where messages go: every sink whose section of the settings says so, else the journal; and how the outbox stands.

A further sink is an adapter, a section of the settings, and a line of `sinks_set` (docs/how-to/add-a-sink.md).
"""

from typing import Any

from befresh_agent.adapters.kafka.kafka_publisher import KafkaPublisher
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.assembly.hardware import CoreServices
from befresh_agent.delivery.batcher import LocalJournal, ReadingBatcher
from befresh_agent.delivery.relay import DeliveryRelay, SinkRelays
from befresh_agent.errors import StoreError
from befresh_agent.ports.outside import MessageSink
from befresh_agent.settings.model import Settings
from befresh_agent.storage.store import OutboxStore


def sinks_set(settings: Settings, fridge_id: int) -> list[MessageSink]:
    """Nothing is opened here."""
    found: list[MessageSink] = []
    if settings.kafka.server:
        found.append(KafkaPublisher(settings.kafka, fridge_id=fridge_id, secrets=settings.secrets))
    return found


def relays(ground: CoreServices) -> SinkRelays | LocalJournal:
    """The ways to the sinks that are set. Always on real time: they are real even in a dry run."""
    clock, events, vitals = SystemClock(), ground.events, ground.vitals
    if not ground.sinks:
        return LocalJournal(ground.store, clock=clock, events=events, vitals=vitals)
    delivery = ground.settings.delivery
    return SinkRelays(
        [
            DeliveryRelay(ground.store, sink, delivery, clock=clock, events=events, vitals=vitals)
            for sink in ground.sinks
        ]
    )


def batcher(ground: CoreServices) -> ReadingBatcher:
    return ReadingBatcher(
        ground.store,
        ground.settings.delivery,
        fridge_id=ground.fridge_id,
        clock=ground.clock,
        events=ground.events,
        vitals=ground.vitals,
    )


async def outbox_figures(store: OutboxStore) -> dict[str, Any]:
    try:
        summary = await store.summary()
    except StoreError as error:  # the very moment at which somebody asks how the agent is doing
        return {"waiting": None, "oldest_s": None, "dead": None, "unnamed": None, "error": str(error)}
    return {
        "waiting": summary.waiting,
        "oldest_s": round(summary.oldest_s),
        "dead": summary.dead,
        "unnamed": summary.unnamed,
    }
