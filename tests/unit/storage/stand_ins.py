"""What stands around the outbox in its unit tests: a clock that leaps, a broker that answers as told, and foods."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, date, datetime, timedelta

from befresh_agent.domain.container import Address
from befresh_agent.domain.delivery_events import BROKER
from befresh_agent.domain.food import FoodItem, FoodType, uuid7
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.errors import DeliveryError
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.storage.message_queue import MessageQueue
from befresh_agent.storage.store import OutboxStore

START = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BOX = Address("FB:89:EB:22:95:84")
OTHER_BOX = Address("00:11:22:33:44:55")


class LeapingClock:
    """Whoever sleeps makes the time pass, at once."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.jumped = timedelta(0)
        self.slept: list[float] = []

    def now(self) -> datetime:
        return START + self.jumped + timedelta(seconds=self.passed)

    def monotonic(self) -> float:
        return self.passed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)
        self.passed += max(0.0, seconds)
        self.slept.append(seconds)


Answer = Callable[[OutgoingMessage], DeliveryError | None]


class ScriptedBroker(AbstractAsyncContextManager[object]):
    """A sink that answers every message as the script says and remembers what it took."""

    where = "the broker"

    def __init__(self, answer: Answer = lambda message: None, name: str = BROKER) -> None:
        self.answer = answer
        self.name = name
        self.calls: list[list[OutgoingMessage]] = []
        self.taken: list[OutgoingMessage] = []
        self.closed = False

    async def publish(self, messages: Sequence[OutgoingMessage]) -> list[DeliveryError | None]:
        self.calls.append(list(messages))
        outcomes = [self.answer(message) for message in messages]
        self.taken += [message for message, error in zip(messages, outcomes, strict=True) if error is None]
        return outcomes

    async def __aexit__(self, *_error: object) -> None:
        """Nothing is open."""

    async def close(self, grace_s: float) -> None:
        self.closed = True


async def refused(store: MessageQueue, seq: int, error: str = "no") -> bool:
    """A sink refuses the message of that number."""
    return await store.refuse((await store.meant(str(seq))).message, error)


def container(name: str | None = "김치", address: Address = BOX) -> FoodItem:
    return FoodItem(uuid7(START), FoodType.CONTAINER, name, START, address=address)


def packaged(name: str | None = "우유") -> FoodItem:
    return FoodItem(uuid7(START), FoodType.PACKAGED, name, START, expires_on=date(2026, 12, 1))


def general(name: str | None = "사과") -> FoodItem:
    return FoodItem(uuid7(START), FoodType.GENERAL, name, START)


def reading(address: Address = BOX, minute: int = 0) -> Reading:
    return Reading(address, START + timedelta(minutes=minute), Measurement(4.5, 61, 1009.8, 537, 101700, 0))


async def register(store: OutboxStore, session: str, *foods: FoodItem) -> None:
    for food in foods:
        await store.add(session, food)


async def until(condition: Callable[[], bool]) -> None:
    """Let everything else run until the condition holds."""
    async with asyncio.timeout(90):
        while not condition():
            await asyncio.sleep(0.001)
