"""The producers of many fridges in one process: the agent's own publisher, with the agent's own pauses.

In: stages, through a pipe. Out: what each delivery took, and in the end the ids of everything acknowledged. What an
agent does once for its process (the limited log, lookups that hold nobody up) is done once here, too.
"""

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from multiprocessing.connection import Connection

from befresh_agent.adapters.kafka.kafka_publisher import KafkaPublisher
from befresh_agent.domain.container import Address
from befresh_agent.domain.food import uuid7
from befresh_agent.domain.messages import SENSOR_TYPE, Headers, sensor_body
from befresh_agent.domain.pacing import Backoff, RetryPauses, phase_of
from befresh_agent.domain.quantities import Measurement
from befresh_agent.domain.reading import Reading
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.settings.model import DeliverySettings, KafkaSettings

DELIVERY = DeliverySettings()
TOPIC = KafkaSettings().sensor_topic
AT = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
BOXES = tuple(Address(f"02:00:00:00:00:{number:02X}") for number in range(4))


@dataclass(frozen=True, slots=True)
class Stage:
    """What every fridge does: deliver `batch` messages in a call, `rounds` times, at its own moment of `interval_s`."""

    interval_s: float = 0.0
    """0: all at once."""
    rounds: int = 1
    batch: int = 1
    until_s: float = 3600.0
    """No further round begins after so many seconds."""
    body_bytes: int = 0
    """Of random bytes; 0: the readings of half an hour of four containers."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Messages from the moment they were due to the last acknowledgement; times of the clock that never jumps."""

    due: float
    done: float
    messages: int
    tries: int


@dataclass
class Fridge:
    number: int
    publisher: KafkaPublisher
    sequence: int = 0
    acknowledged: list[str] = field(default_factory=list)

    async def play(self, stage: Stage, began: float) -> list[Delivery]:
        found = []
        for turn in range(stage.rounds):
            due = began + turn * stage.interval_s
            due += phase_of(self.number, stage.interval_s) if stage.interval_s else 0.0
            await asyncio.sleep(due - time.monotonic())
            due = max(due, time.monotonic()) if not stage.interval_s else due
            if due - began > stage.until_s:
                break
            messages = [self._message(stage.body_bytes) for _ in range(stage.batch)]
            tries = await self._deliver(messages)
            found.append(Delivery(due, time.monotonic(), len(messages), tries))
        return found

    async def _deliver(self, messages: Sequence[OutgoingMessage]) -> int:
        """As a lane of the relay does it; how many tries it took."""
        pauses = RetryPauses(Backoff(DELIVERY.backoff_first_s, DELIVERY.backoff_longest_s))
        tries = 0
        while messages:
            outcomes = list(zip(messages, await self.publisher.publish(messages), strict=True))
            self.acknowledged += [message.id for message, error in outcomes if error is None]
            left = [message for message, error in outcomes if error is not None]
            tries += 1
            if len(left) == len(messages):
                await asyncio.sleep(pauses.failed())
            messages = left
        return tries

    def _message(self, body_bytes: int) -> OutgoingMessage:
        self.sequence += 1
        headers = Headers(
            ce_id=uuid7(datetime.now(UTC)),
            ce_source=f"/befresh/fridge/{self.number}",
            ce_type=SENSOR_TYPE,
            ce_time=AT.isoformat(),
            ce_sequence=str(self.sequence),
            ce_storeid=f"store-{self.number}",
        )
        body = os.urandom(body_bytes) if body_bytes else half_hour(self.number)
        return OutgoingMessage(self.sequence, headers.ce_id, TOPIC, str(self.number), headers.pairs(), body)


@cache
def half_hour(fridge: int) -> bytes:
    """The readings of half an hour: three of each of four containers."""
    readings = [
        Reading(
            box, AT + timedelta(minutes=10 * turn), Measurement(4.5 + turn / 10, 61, 1009.8, 537, 101_700 + fridge, 0)
        )
        for turn in range(3)
        for box in BOXES
    ]
    return sensor_body(fridge, readings, date(2026, 11, 21))


def work(commands: Connection, server: str, numbers: Sequence[int]) -> None:
    """A process: plays each stage that comes, and ends with None."""
    logging.disable(logging.ERROR)  # hundreds of fridges say the same
    asyncio.run(_work(commands, KafkaSettings(server=server), numbers))


async def _work(commands: Connection, settings: KafkaSettings, numbers: Sequence[int]) -> None:
    fridges = [Fridge(number, KafkaPublisher(settings, fridge_id=number)) for number in numbers]
    async with fridges[0].publisher:
        while (command := await asyncio.to_thread(commands.recv)) is not None:
            stage, began = command
            done = await asyncio.gather(*(fridge.play(stage, began) for fridge in fridges))
            commands.send([delivery for one in done for delivery in one])
        commands.send({message for fridge in fridges for message in fridge.acknowledged})
        await asyncio.gather(*(fridge.publisher.close(5) for fridge in fridges))
