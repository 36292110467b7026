"""One topic, or one message, is bad in every way there is: the others' figures stay as they were.

Six hours of virtual time each: foods every five minutes, readings every two.
"""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import fmean, quantiles

import pytest

from befresh_agent.delivery.relay import DeliveryRelay
from befresh_agent.domain.container import Address
from befresh_agent.domain.delivery_events import (
    BrokerFound,
    BrokerLost,
    MessageDead,
    MessageDelivered,
    MessageQueued,
    MessageSplit,
    TopicFound,
    TopicLost,
)
from befresh_agent.domain.events import Event
from befresh_agent.domain.messages import FOOD_TYPE, SENSOR_TYPE
from befresh_agent.errors import (
    DeliveryError,
    DeliveryRefused,
    DeliveryTransient,
    NotAuthorised,
    TooLarge,
    TopicFault,
)
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.settings.model import DeliverySettings, KafkaSettings
from befresh_agent.storage.database import Database
from befresh_agent.storage.message_table import MessageState
from befresh_agent.storage.store import OutboxStore
from tests.delivery.consumers import as_before
from tests.unit.storage.stand_ins import START, general, reading, register
from tests.virtual_time import VirtualClock, run_virtually

pytestmark = [pytest.mark.slow, pytest.mark.unmeasured]  # measuring takes four times as long; others go the same ways

HOURS = 6
TOPICS = {FOOD_TYPE: "food-regist", SENSOR_TYPE: "sensor-data-topic"}
Fault = Callable[[OutgoingMessage], tuple[float, DeliveryError | None]]
"""How long the broker takes over a message, and what it answers."""


def well(_: OutgoingMessage) -> tuple[float, DeliveryError | None]:
    return 0.1, None


def always(seconds: float, error: DeliveryError) -> Fault:
    return lambda message: (seconds, error)


def now_and_then(fault: Fault) -> Fault:
    """Every third message of the topic."""
    return lambda message: fault(message) if message.seq % 3 == 0 else well(message)


TOPIC_FAULTS: dict[str, Fault] = {
    "missing": always(15, TopicFault("no such topic")),
    "forbidden": always(0.05, TopicFault("not yours")),
    "misnamed": always(0.05, TopicFault("no name for a topic")),
    "without a leader": always(60, DeliveryTransient("not acknowledged in time")),
    "answering with errors": always(0.05, DeliveryTransient("too few replicas")),
    "now and then without a leader": now_and_then(always(60, DeliveryTransient("not acknowledged in time"))),
    "refusing every message": always(0.05, DeliveryRefused("against the policy")),
    "taking nothing so large": always(0.05, TooLarge("too large")),
    "refusing the client": always(0.05, NotAuthorised("no idempotent writes")),
}


class Broker(AbstractAsyncContextManager[object]):
    """Takes its time for every topic alone, as connections of their own do."""

    name = "kafka"
    where = "the broker"

    def __init__(self, faults: dict[str, Fault]) -> None:
        self.faults = faults
        self.taken: list[OutgoingMessage] = []

    async def publish(self, messages: Sequence[OutgoingMessage]) -> list[DeliveryError | None]:
        outcomes: list[DeliveryError | None] = []
        slowest = 0.0
        for message in messages:
            seconds, error = self.faults.get(message.topic, well)(message)
            slowest = max(slowest, seconds)
            outcomes.append(error)
        await asyncio.sleep(slowest)
        self.taken += [message for message, error in zip(messages, outcomes, strict=True) if error is None]
        return outcomes

    async def __aexit__(self, *_error: object) -> None:
        """Nothing is open."""

    async def close(self, grace_s: float) -> None:
        """Nothing is open."""


@dataclass
class Figures:
    """How long messages of each topic were on their way, and what was told."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: {topic: [] for topic in TOPICS.values()})
    told: list[Event] = field(default_factory=list)

    def of(self, topic: str) -> tuple[float, float, float]:
        """How many arrived, their mean time, and that of the slowest twentieth."""
        seconds = self.seconds[topic]
        return float(len(seconds)), fmean(seconds), quantiles(seconds, n=20)[-1]

    def all(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.told if isinstance(event, kind)]


def six_hours(path: Path, faults: dict[str, Fault]) -> Figures:
    figures = Figures()

    async def main() -> None:
        clock, events, queued = VirtualClock(), EventBus(), dict[int, float]()

        def listen(event: Event) -> None:
            figures.told.append(event)
            if isinstance(event, MessageQueued):
                queued[event.seq] = clock.monotonic()
            if isinstance(event, MessageDelivered) and event.seq in queued:
                figures.seconds[event.topic].append(clock.monotonic() - queued[event.seq])

        events.subscribe(listen)
        async with Database(path) as database:
            store = OutboxStore(database, fridge_id=17, topics=KafkaSettings(), clock=clock, events=events)
            relay = DeliveryRelay(store, Broker(faults), DeliverySettings(spread_s=0), clock=clock, events=events)
            task = asyncio.create_task(relay.run())
            for minute in range(HOURS * 60):
                if minute % 5 == 0:
                    await register(store, f"s{minute}", general())
                    await store.settle(f"s{minute}")
                if minute % 2 == 0:
                    await store.keep_reading(reading(minute=minute))
                    await store.batch()
                await clock.sleep(60)
            task.cancel()

    run_virtually(main())
    return figures


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Figures:
    return six_hours(tmp_path_factory.mktemp("healthy") / "agent.db", {})


@pytest.mark.parametrize("topic", TOPICS.values())
@pytest.mark.parametrize("fault", TOPIC_FAULTS)
def test_a_bad_topic_costs_the_other_nothing(tmp_path: Path, healthy: Figures, topic: str, fault: str) -> None:
    figures = six_hours(tmp_path / "agent.db", {topic: TOPIC_FAULTS[fault]})
    (other,) = set(TOPICS.values()) - {topic}
    assert figures.of(other) == pytest.approx(healthy.of(other), rel=0.1)
    if "now and then" not in fault:
        assert figures.seconds[topic] == []
        named = [event for event in figures.told if isinstance(event, TopicLost | BrokerLost | MessageDead)]
        assert named, "the fault is told"
        assert not isinstance(TOPIC_FAULTS[fault](MESSAGE)[1], TopicFault) or named == [TopicLost(topic, NAMED[fault])]


MESSAGE = OutgoingMessage(1, "id", "food-regist", "17", (), b"{}")
NAMED = {fault: str(answer(MESSAGE)[1]) for fault, answer in TOPIC_FAULTS.items()}


@pytest.mark.parametrize("topic", TOPICS.values())
@pytest.mark.parametrize("error", [DeliveryRefused("invalid"), TooLarge("too large")], ids=str)
def test_a_bad_message_costs_the_others_of_its_topic_nothing(
    tmp_path: Path, healthy: Figures, topic: str, error: DeliveryError
) -> None:
    bad = 41 if topic == TOPICS[SENSOR_TYPE] else 43
    faults: dict[str, Fault] = {topic: lambda message: (0.1, error if message.seq == bad else None)}
    figures = six_hours(tmp_path / "agent.db", faults)
    for one in TOPICS.values():
        count, mean, slowest = healthy.of(one)
        assert figures.of(one) == pytest.approx((count - (one == topic), mean, slowest), rel=0.1)
    dead = figures.all(MessageDead)
    assert [(event.seq, event.topic) for event in dead if isinstance(event, MessageDead)] == [(bad, topic)]


@pytest.mark.parametrize("fault", ["missing", "forbidden", "misnamed"])
def test_a_topic_that_is_mended_gets_what_waited(tmp_path: Path, fault: str) -> None:
    topic, count = TOPICS[SENSOR_TYPE], 0

    def mended(message: OutgoingMessage) -> tuple[float, DeliveryError | None]:
        nonlocal count
        count += 1
        return TOPIC_FAULTS[fault](message) if count < 200 else well(message)

    figures = six_hours(tmp_path / "agent.db", {topic: mended})
    assert len(figures.seconds[topic]) > HOURS * 30 - 5
    assert len(figures.all(TopicLost)) == len(figures.all(TopicFound)) == 1
    assert figures.all(BrokerLost) == figures.all(BrokerFound) == []


async def deliver_all(store: OutboxStore, broker: Broker, events: EventBus) -> None:
    relay = DeliveryRelay(store, broker, QUICK, clock=store._clock, events=events)
    task = asyncio.create_task(relay.run())
    async with asyncio.timeout(60):
        while (await store.summary()).waiting:
            assert not task.done()
            await asyncio.sleep(0.01)
    task.cancel()


QUICK = DeliverySettings(spread_s=0)


@pytest.mark.parametrize("food_topic", ["food-regsit", "Food-Regist", "food regist", ""])
@pytest.mark.parametrize("sensor_topic", ["sensor-dta", "sensor-data-topic"])
async def test_what_was_queued_for_a_misspelt_topic_travels_to_the_right_one(
    database: Database, store: OutboxStore, events: EventBus, food_topic: str, sensor_topic: str
) -> None:
    wrong = KafkaSettings.model_construct(food_topic=food_topic, sensor_topic=sensor_topic)
    before = OutboxStore(database, fridge_id=17, topics=wrong, clock=store._clock, events=events)
    for when in (before, store):
        await register(when, f"{id(when)}", general())
        await when.settle(f"{id(when)}")
        await when.keep_reading(reading())
        await when.batch()
    broker = Broker({})
    broker.faults = {wrong: always(0, TopicFault("no such topic")) for wrong in ("food-regsit", "sensor-dta")}
    await deliver_all(store, broker, events)
    assert Counter(message.topic for message in broker.taken) == {"food-regist": 2, "sensor-data-topic": 2}
    assert {entry.message.topic for entry in await store.entries()} == set(TOPICS.values())


async def test_a_message_of_a_release_that_knew_no_kinds_travels_all_the_same(
    database: Database, store: OutboxStore, events: EventBus
) -> None:
    await register(store, "s", general())
    await store.settle("s")
    await store.keep_reading(reading())
    await store.batch()
    await database.run(lambda c: c.execute("UPDATE outbox SET kind = NULL"))
    await store.recover()
    broker = Broker({})
    await deliver_all(store, broker, events)
    assert len(broker.taken) == 2


LIMITS = [400, 1_000, 4_096, 10_000, 60_000]


def takes(limit: int) -> Fault:
    return lambda message: (0, TooLarge("too large") if len(message.body) > limit else None)


@pytest.mark.parametrize("limit", LIMITS)
async def test_readings_that_are_too_many_for_the_topic_travel_in_parts(
    store: OutboxStore, events: EventBus, told: list[Event], limit: int
) -> None:
    boxes = [Address(f"02:00:00:00:01:{n:02X}") for n in range(7)]
    for n in range(600):
        await store.keep_reading(reading(boxes[n % 7], minute=n))
    await store.batch()
    await store.keep_reading(reading(boxes[0], minute=9999))
    await store.batch()
    broker = Broker({TOPICS[SENSOR_TYPE]: takes(limit)})
    await deliver_all(store, broker, events)
    assert max(len(message.body) for message in broker.taken) <= limit
    assert Counter(samples(broker.taken)) == Counter(
        [(boxes[n % 7], time_of(n)) for n in range(600)] + [(boxes[0], time_of(9999))]
    )
    await assert_sound(store, broker)
    assert len([event for event in told if isinstance(event, MessageSplit)]) == len(broker.taken) - 2
    assert not [event for event in told if isinstance(event, MessageDead)]


@pytest.mark.parametrize("limit", [220, 400, 1_000, 4_096])
async def test_foods_that_are_too_many_for_the_topic_travel_in_parts(
    store: OutboxStore, events: EventBus, limit: int
) -> None:
    names = [f"{n:03}-" + "김" * (n % 30) for n in range(120)]
    await register(store, "s", *(general(name) for name in names))
    await store.settle("s")
    broker = Broker({TOPICS[FOOD_TYPE]: takes(limit)})
    await deliver_all(store, broker, events)
    sent = [food["name"] for message in broker.taken for food in json.loads(message.body)["foodList"]]
    assert sorted(sent) == sorted(names)
    await assert_sound(store, broker)


async def test_what_cannot_be_divided_is_dead_alone(store: OutboxStore, events: EventBus, told: list[Event]) -> None:
    await register(store, "s", general("김" * 100), general("small"))
    await store.settle("s")
    broker = Broker({TOPICS[FOOD_TYPE]: takes(300)})
    await deliver_all(store, broker, events)
    (message,) = broker.taken
    assert as_before(json.loads(message.body)["foodList"]) == [{"name": "small", "ftypeId": 3}]
    assert len([event for event in told if isinstance(event, MessageDead)]) == 1


def samples(messages: Sequence[OutgoingMessage]) -> list[tuple[str, str]]:
    return [
        (address, sample["time"])
        for message in messages
        for address, taken in json.loads(message.body)["data"].items()
        for sample in taken
    ]


def time_of(minute: int) -> str:
    return f"{START + timedelta(minutes=minute):%Y-%m-%d %H:%M}"


async def assert_sound(store: OutboxStore, broker: Broker) -> None:
    """Every id once, and the sequence without a gap."""
    assert len({message.id for message in broker.taken}) == len(broker.taken)
    sequences = sorted(int(dict(message.headers)["ce_sequence"]) for message in broker.taken)
    assert sequences == list(range(1, len(sequences) + 1))
    assert {entry.state for entry in await store.entries()} == {MessageState.DELIVERED}
