"""More than one place that messages go to: none waits for another, and nothing is done before all are done with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from befresh_agent.delivery.relay import DeliveryRelay, SinkRelays
from befresh_agent.domain.delivery_events import BrokerLost, MessageDead, MessageSplit
from befresh_agent.domain.events import Event
from befresh_agent.domain.messages import FOOD_TYPE
from befresh_agent.errors import DeliveryError, DeliveryRefused, DeliveryTransient, StoreFull, TooLarge
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import DeliverySettings, KafkaSettings
from befresh_agent.storage import deliveries
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.unit.storage.stand_ins import LeapingClock, ScriptedBroker, general, refused, until

DOWN = DeliveryTransient("no route")
BOTH = ("kafka", "hook")

Opened = Callable[..., OutboxStore]


@pytest.fixture
def opened(database: Database, clock: LeapingClock, events: EventBus) -> Opened:
    def store(*sinks: str) -> OutboxStore:
        topics = KafkaSettings()
        return OutboxStore(database, fridge_id=17, topics=topics, clock=clock, events=events, sinks=sinks)

    return store


@pytest.fixture
def both(opened: Opened) -> OutboxStore:
    return opened(*BOTH)


async def food(store: OutboxStore, *names: str) -> None:
    for name in names:
        await store.add(name, general(name))
    await store.settle(names[0])


async def foods(store: OutboxStore, *names: str) -> None:
    for name in names:
        await food(store, name)


async def states(store: OutboxStore) -> list[MessageState]:
    return [entry.state for entry in await store.entries()]


async def take(store: OutboxStore, sink: str) -> list[int]:
    """The sink takes all that waits for it; which ones."""
    taken: list[int] = []
    while messages := await store.peek(FOOD_TYPE, sink):
        await store.arrived(messages, sink)
        taken += [message.seq for message in messages]
    return taken


@asynccontextmanager
async def delivering(
    store: OutboxStore, clock: LeapingClock, events: EventBus, *sinks: ScriptedBroker
) -> AsyncIterator[SinkRelays]:
    settings = DeliverySettings(spread_s=0)
    relays = SinkRelays([DeliveryRelay(store, sink, settings, clock=clock, events=events) for sink in sinks])
    task = asyncio.create_task(relays.run())
    try:
        yield relays
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


async def test_a_sink_that_is_down_holds_up_no_other_and_gets_all_when_it_is_back(
    both: OutboxStore, clock: LeapingClock, events: EventBus, told: list[Event]
) -> None:
    is_down = True
    kafka, hook = ScriptedBroker(), ScriptedBroker(lambda message: DOWN if is_down else None, "hook")
    await foods(both, *"abc")
    async with delivering(both, clock, events, kafka, hook):
        await until(lambda: len(kafka.taken) == 3)
        await until(lambda: len(hook.calls) > 3)
        assert set(await states(both)) == {MessageState.WAITING}
        assert (await both.summary()).waiting == 3
        is_down = False
        await until(lambda: len(hook.taken) == 3)
        async with asyncio.timeout(30):
            while (await both.summary()).waiting:
                await asyncio.sleep(0)
    assert await states(both) == [MessageState.DELIVERED] * 3
    assert [message.seq for message in kafka.taken] == [message.seq for message in hook.taken] == [1, 2, 3]
    assert {(one.id, one.body) for one in kafka.taken} == {(one.id, one.body) for one in hook.taken}
    assert [event for event in told if isinstance(event, BrokerLost)] == [BrokerLost("no route", 3, "hook")]


async def test_what_one_refuses_for_good_goes_to_the_other_and_is_dead_only_then(
    both: OutboxStore, clock: LeapingClock, events: EventBus, told: list[Event]
) -> None:
    kafka = ScriptedBroker(lambda message: DeliveryRefused("not mine") if message.seq == 1 else None)
    hook = ScriptedBroker(lambda message: DOWN, "hook")
    await foods(both, "a", "b")
    async with delivering(both, clock, events, kafka, hook):
        await until(lambda: any(isinstance(event, MessageDead) for event in told))
        await until(lambda: [one.seq for one in kafka.taken] == [2])
        summary = await both.summary()
        assert (summary.waiting, summary.dead) == (2, 1)
        hook.answer = lambda message: None
        await until(lambda: len(hook.taken) == 2)
        async with asyncio.timeout(30):
            while (await both.summary()).waiting:
                await asyncio.sleep(0)
    assert await states(both) == [MessageState.DEAD, MessageState.DELIVERED]
    found = await both.deliveries(1)
    assert {sink: one.state for sink, one in found.items()} == {"hook": "delivered", "kafka": "dead"}
    assert (found["kafka"].attempts, found["kafka"].last_error) == (3, "not mine")


async def test_what_is_revived_goes_to_those_alone_who_have_it_not(both: OutboxStore) -> None:
    await food(both, "a")
    for _ in range(3):
        await refused(both, 1)
    assert await both.retry(None) == [1], "also while it still waits for the other"
    for _ in range(3):
        await refused(both, 1)
    assert await take(both, "hook") == [1]
    assert await states(both) == [MessageState.DEAD]
    assert await both.retry(None) == [1]
    assert await take(both, "hook") == []
    assert await take(both, "kafka") == [1]
    assert await states(both) == [MessageState.DELIVERED]


async def test_one_sink_alone_costs_the_card_no_further_row(opened: Opened, database: Database) -> None:
    alone = opened("kafka")
    await foods(alone, "a", "b")
    written: list[str] = []
    await database.run(lambda c: c.set_trace_callback(written.append))
    assert await take(alone, "kafka") == [1, 2]
    assert not [statement for statement in written if "deliveries" in statement and not statement.startswith("SELECT")]


async def test_one_sink_s_refusals_do_not_count_against_another(both: OutboxStore) -> None:
    await foods(both, "a", "b")
    for _ in range(2):
        await refused(both, 1)
    assert await both.refuse((await both.meant("1")).message, "no", "hook") is False
    assert await refused(both, 1) is True


class Sizes:
    """A sink that takes bodies up to so many bytes."""

    def __init__(self, most: int) -> None:
        self.most = most

    def __call__(self, message: OutgoingMessage) -> DeliveryError | None:
        return TooLarge("too large") if len(message.body) > self.most else None


async def test_what_is_too_large_for_one_is_divided_and_who_has_it_whole_gets_no_part(
    both: OutboxStore, clock: LeapingClock, events: EventBus, told: list[Event]
) -> None:
    for name in "abcd":
        await both.add("evening", general(name))
    await both.settle("evening")
    whole = len((await both.meant("1")).message.body)
    kafka, hook = ScriptedBroker(), ScriptedBroker(lambda message: DOWN, "hook")
    async with delivering(both, clock, events, kafka, hook):
        await until(lambda: len(kafka.taken) == 1)
        hook.answer = Sizes(whole * 2 // 3)
        await until(lambda: len(hook.taken) == 2)
        async with asyncio.timeout(30):
            while (await both.summary()).waiting:
                await asyncio.sleep(0)
    assert [event for event in told if isinstance(event, MessageSplit)] == [MessageSplit(1, "food-regist", 2)]
    assert len(kafka.taken) == 1
    assert await states(both) == [MessageState.DELIVERED] * 2
    assert not any([await both.deliveries(seq) for seq in (1, 2)])


async def test_a_whole_that_arrives_while_it_is_divided_counts_for_every_part(both: OutboxStore) -> None:
    for name in "abcd":
        await both.add("evening", general(name))
    await both.settle("evening")
    (whole,) = await both.peek(FOOD_TYPE, "kafka")
    assert await both.split(whole) == 2
    (half,) = await both.peek(FOOD_TYPE, "hook")
    assert await both.split(half) == 3, "a half in turn"
    assert await both.split(half) is None, "by one who has not noticed"
    assert await both.refuse(half, "too large", "hook") is False
    await both.arrived([whole], "kafka")
    assert await take(both, "kafka") == []
    assert await take(both, "hook") == [1, 2, 3]
    assert await states(both) == [MessageState.DELIVERED] * 3


async def test_a_new_sink_gets_what_waits_and_one_that_is_set_no_more_holds_nothing(opened: Opened) -> None:
    alone = opened("kafka")
    await foods(alone, "a", "b")
    await alone.arrived(await alone.peek(FOOD_TYPE))
    both = opened(*BOTH)
    await both.recover()
    assert await take(both, "hook") == [2]
    assert await states(both) == [MessageState.DELIVERED, MessageState.WAITING]
    again = opened("hook")
    await again.recover()
    assert await states(again) == [MessageState.DELIVERED] * 2


async def test_without_any_sink_what_waits_goes_on_waiting(opened: Opened, both: OutboxStore) -> None:
    await food(both, "a")
    await take(both, "hook")
    await opened().recover()
    assert await states(both) == [MessageState.WAITING]


async def test_what_a_release_before_revived_is_tried_again(both: OutboxStore, database: Database) -> None:
    await food(both, "a")
    for _ in range(3):
        await refused(both, 1)
    await take(both, "hook")
    before = "UPDATE outbox SET state = 'waiting', attempts = 0 WHERE state = 'dead'"
    await database.run(lambda c: c.execute(before))
    await both.recover()
    assert await take(both, "kafka") == [1]
    assert await take(both, "hook") == []


async def test_where_no_date_can_be_noted_only_what_nobody_needs_is_forgotten(
    both: OutboxStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await foods(both, "a", "b")
    (first,) = await both.peek(FOOD_TYPE, "kafka")
    await both.arrived([first], "kafka")

    def full(*_: object) -> None:
        raise StoreFull("no room")

    monkeypatch.setattr(deliveries, "arrived", full)
    await both.arrived([first], "hook")
    assert [entry.message.seq for entry in await both.entries()] == [2]
    (second,) = await both.peek(FOOD_TYPE, "kafka")
    with pytest.raises(StoreFull):
        await both.arrived([second], "kafka")
    assert [entry.message.seq for entry in await both.entries()] == [2]


async def test_notes_of_messages_that_are_gone_go_with_them(both: OutboxStore, database: Database) -> None:
    await food(both, "a")
    await take(both, "hook")
    assert await both.deliveries(1)
    await database.run(lambda c: c.execute("DELETE FROM outbox"))
    await both.prune(30, 30)
    assert not await both.deliveries(1)
