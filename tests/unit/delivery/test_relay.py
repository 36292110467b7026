import asyncio
from collections import Counter

import pytest

from befresh_agent.delivery.batcher import LocalJournal
from befresh_agent.delivery.relay import DeliveryRelay
from befresh_agent.domain.delivery_events import BrokerFound, BrokerLost, MessageDead, MessageDelivered
from befresh_agent.domain.events import Event, NotKept
from befresh_agent.errors import DeliveryError, DeliveryRefused, DeliveryTransient, NotAuthorised, StoreError
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import DeliverySettings
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import LeapingClock, ScriptedBroker, general, reading, until

DOWN = DeliveryTransient("no route")


@pytest.fixture
def broker() -> ScriptedBroker:
    return ScriptedBroker()


@pytest.fixture
def relay(store: OutboxStore, broker: ScriptedBroker, clock: LeapingClock, events: EventBus) -> DeliveryRelay:
    return DeliveryRelay(store, broker, DeliverySettings(spread_s=0), clock=clock, events=events)


async def food(store: OutboxStore, name: str = "사과") -> None:
    await store.add(name, general(name))
    await store.settle(name)


async def batches(store: OutboxStore, count: int) -> None:
    for minute in range(count):
        await store.keep_reading(reading(minute=minute))
        await store.batch()


async def deliver(relay: DeliveryRelay, store: OutboxStore, left: int = 0) -> None:
    """Run the relay until only so many messages wait."""
    task = asyncio.create_task(relay.run())
    async with asyncio.timeout(90):
        while (await store.summary()).waiting > left:
            assert not task.done()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def of(told: list[Event], *kinds: type) -> list[Event]:
    return [event for event in told if isinstance(event, kinds)]


async def states(store: OutboxStore) -> Counter[MessageState]:
    return Counter(entry.state for entry in await store.entries())


async def test_foods_go_one_by_one_before_readings_and_all_in_order(
    relay: DeliveryRelay, store: OutboxStore, broker: ScriptedBroker, told: list[Event]
) -> None:
    await batches(store, 120)
    for name in "abc":
        await food(store, name)
    await deliver(relay, store)
    assert [len(call) for call in broker.calls] == [1, 50, 1, 50, 1, 20]
    for topic in ("food-regist", "sensor-data-topic"):
        seqs = [message.seq for message in broker.taken if message.topic == topic]
        assert seqs == sorted(seqs)
    assert await states(store) == {MessageState.DELIVERED: 123}
    assert {event.where for event in told if isinstance(event, MessageDelivered)} == {"the broker"}


async def test_what_was_queued_while_idle_goes_at_once(
    relay: DeliveryRelay, store: OutboxStore, broker: ScriptedBroker
) -> None:
    task = asyncio.create_task(relay.run())
    await asyncio.sleep(0.01)
    await food(store)
    await until(lambda: len(broker.taken) == 1)
    task.cancel()


@pytest.mark.slow
async def test_an_outage_is_told_once_and_everything_delivered_after_it(
    relay: DeliveryRelay, store: OutboxStore, broker: ScriptedBroker, clock: LeapingClock, told: list[Event]
) -> None:
    await batches(store, 3)
    broker.answer = lambda message: DOWN if clock.passed < 7 * 86400 else None
    await deliver(relay, store)
    assert of(told, BrokerLost) == [BrokerLost("no route", 3)]
    (found,) = of(told, BrokerFound)
    assert isinstance(found, BrokerFound)
    assert 7 * 86400 <= found.offline_s < 7 * 86400 + 600
    assert max(clock.slept) <= 300
    bodies = {(message.seq, message.id, message.body) for call in broker.calls for message in call}
    assert len(bodies) == 3


async def test_pauses_grow_with_full_jitter(store: OutboxStore, clock: LeapingClock, events: EventBus) -> None:
    broker = ScriptedBroker(lambda message: DOWN)
    relay = DeliveryRelay(store, broker, DeliverySettings(spread_s=0), clock=clock, events=events, chance=lambda: 1.0)
    await food(store)
    task = asyncio.create_task(relay.run())
    await until(lambda: len(broker.calls) >= 11)
    task.cancel()
    assert clock.passed >= 1 + 2 + 4 + 8 + 16 + 32 + 64 + 128 + 256 + 300


async def test_a_new_food_cuts_a_long_pause_short(
    store: OutboxStore, broker: ScriptedBroker, events: EventBus, told: list[Event]
) -> None:
    class Standstill(LeapingClock):
        async def sleep(self, seconds: float) -> None:
            if seconds > 10:
                await asyncio.Event().wait()
            await super().sleep(seconds)

    relay = DeliveryRelay(
        store,
        broker,
        DeliverySettings(backoff_first_s=300, spread_s=0),
        clock=Standstill(),
        events=events,
        chance=lambda: 1.0,
    )
    broker.answer = lambda message: DOWN
    await batches(store, 1)
    task = asyncio.create_task(relay.run())
    await until(lambda: len(broker.calls) == 1)
    await asyncio.sleep(0.05)
    broker.answer = lambda message: None
    await food(store)
    await until(lambda: len(broker.taken) == 2)
    task.cancel()


async def test_a_refused_message_is_isolated_and_the_rest_flows(
    relay: DeliveryRelay, store: OutboxStore, broker: ScriptedBroker, told: list[Event]
) -> None:
    await batches(store, 10)
    poison = 4

    def answer(message: OutgoingMessage) -> DeliveryError | None:
        together = any(one.seq == poison for one in broker.calls[-1])
        return DeliveryRefused("too large") if together else None

    broker.answer = answer
    await deliver(relay, store)
    assert await states(store) == {MessageState.DELIVERED: 9, MessageState.DEAD: 1}
    assert of(told, MessageDead) == [MessageDead(poison, "sensor-data-topic", "too large")]
    assert sorted(message.seq for message in broker.taken) == [1, 2, 3, 5, 6, 7, 8, 9, 10]
    alone = [call for call in broker.calls if [message.seq for message in call] == [poison]]
    assert len(alone) == 2
    assert of(told, BrokerLost) == []
    dead = await store.meant(str(poison))
    assert (dead.attempts, dead.last_error) == (3, "too large")


async def test_a_dead_message_lives_again_on_demand(
    relay: DeliveryRelay, store: OutboxStore, broker: ScriptedBroker
) -> None:
    await food(store)
    broker.answer = lambda message: DeliveryRefused("policy")
    await deliver(relay, store)
    assert await store.retry([7]) == []
    assert await store.retry(None) == [1]
    broker.answer = lambda message: None
    await deliver(relay, store)
    assert await states(store) == {MessageState.DELIVERED: 1}


async def test_a_topic_that_is_not_allowed_waits_and_does_not_hold_up_the_other(
    relay: DeliveryRelay, store: OutboxStore, broker: ScriptedBroker, told: list[Event]
) -> None:
    broker.answer = lambda message: NotAuthorised("topic") if message.topic == "sensor-data-topic" else None
    await batches(store, 2)
    for name in "abc":
        await food(store, name)
    await deliver(relay, store, left=2)
    assert await states(store) == {MessageState.DELIVERED: 3, MessageState.WAITING: 2}
    assert len(of(told, BrokerLost)) == 1
    assert of(told, BrokerFound) == []
    broker.answer = lambda message: None
    await deliver(relay, store)
    assert len(of(told, BrokerFound)) == 1


async def test_what_is_acknowledged_but_not_marked_is_not_sent_again(
    relay: DeliveryRelay, store: OutboxStore, broker: ScriptedBroker, told: list[Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    await food(store)
    marks = 0
    arrived = store.arrived

    async def full_disk(messages: list[OutgoingMessage], sink: str) -> None:
        nonlocal marks
        marks += 1
        if marks < 5:
            raise StoreError("disk full")
        await arrived(messages, sink)

    monkeypatch.setattr(store, "arrived", full_disk)
    await deliver(relay, store)
    assert len(broker.calls) == 1
    assert of(told, NotKept) == [NotKept("what was delivered", "disk full")]


async def test_stopping_delivers_what_waits_and_closes(
    relay: DeliveryRelay, store: OutboxStore, broker: ScriptedBroker
) -> None:
    task = asyncio.create_task(relay.run())
    await food(store)
    await batches(store, 60)
    await relay.stop(5)
    assert await states(store) == {MessageState.DELIVERED: 61}
    assert broker.closed
    async with asyncio.timeout(5):
        await task


async def test_stopping_in_an_outage_does_not_wait_for_it(
    store: OutboxStore, clock: LeapingClock, events: EventBus
) -> None:
    class Silent(ScriptedBroker):
        async def publish(self, messages: object) -> list[DeliveryError | None]:
            await asyncio.Event().wait()
            raise AssertionError

    broker = Silent()
    relay = DeliveryRelay(store, broker, DeliverySettings(spread_s=0), clock=clock, events=events)
    await food(store)
    task = asyncio.create_task(relay.run())
    await asyncio.sleep(0.05)
    async with asyncio.timeout(10):
        await relay.stop(0.1)
    assert broker.closed
    task.cancel()
    assert await states(store) == {MessageState.WAITING: 1}


async def test_without_a_broker_messages_go_to_the_journal(
    store: OutboxStore, clock: LeapingClock, events: EventBus, told: list[Event]
) -> None:
    journal = LocalJournal(store, clock=clock, events=events)
    task = asyncio.create_task(journal.run())
    await food(store)
    await until(lambda: bool(of(told, MessageDelivered)))
    task.cancel()
    await batches(store, 1)
    await journal.stop(1)
    assert await states(store) == {MessageState.JOURNAL: 2}
    assert [event.where for event in told if isinstance(event, MessageDelivered)] == ["the journal"] * 2


async def test_readings_left_over_from_before_a_restart_are_spread_and_foods_are_not(
    store: OutboxStore, broker: ScriptedBroker, clock: LeapingClock, events: EventBus
) -> None:
    await batches(store, 3)
    await food(store)
    relay = DeliveryRelay(store, broker, DeliverySettings(spread_s=120), clock=clock, events=events, chance=lambda: 0.5)
    sent_at: list[tuple[str, float]] = []

    def note(message: OutgoingMessage) -> None:
        sent_at.append((message.topic, clock.passed))

    broker.answer = note
    await deliver(relay, store)
    topics, times = zip(*sent_at, strict=True)
    assert topics == ("food-regist", *["sensor-data-topic"] * 3)
    assert times[0] <= 60 <= times[1] < 70
