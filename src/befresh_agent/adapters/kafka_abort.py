"""How to keep an aiokafka producer from dropping a part, and how to get rid of it for good.

Where a partition has no leader for as long as a request may take, it drops the first batch that waits and may send the
next: out of order. Its own stop() waits until everything is delivered, which in an outage is never; and it would go on
delivering later.
What is used of aiokafka's private parts stands here alone, and a test guards every name at an upgrade.
"""

import asyncio
import math
from collections.abc import Awaitable
from contextlib import suppress
from typing import TYPE_CHECKING

from befresh_agent.deadline import within

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer
    from aiokafka.producer.message_accumulator import MessageAccumulator

_START_S = 1.0
_SENDER_S = 0.1
_STEP_S = 1.5


def keep_together(producer: "AIOKafkaProducer") -> None:
    """Let no batch of this new producer grow too old: what is not acknowledged in time is aborted all together."""
    producer._message_accumulator._batch_ttl = math.inf


async def abort(producer: "AIOKafkaProducer", start: "asyncio.Task[None]") -> None:
    """Drop a producer and all it holds, within a few seconds and whatever the network does."""
    from aiokafka.errors import ProducerClosed

    producer._closed = True
    producer._message_accumulator._closed = True
    await _end(start, patience_s=_START_S)  # cancelled while it asks for metadata it would leave a connection open
    sender = producer._sender.sender_task
    if sender is not None:
        sender.cancel()
    await _within(_STEP_S, producer.client.close())  # its requests under way fail now, so the sender can end
    if sender is not None:
        # It waits for its one request (we send one topic at a time), which may wait for ever on the closed client.
        await _end(sender, patience_s=_SENDER_S)
    _fail_all(producer._message_accumulator, ProducerClosed())
    await _within(_STEP_S, producer.client.close())  # what was opened meanwhile


async def _end(task: "asyncio.Task[None]", patience_s: float) -> None:
    """Let the task end by itself for so long, then make it."""
    await asyncio.wait([task], timeout=patience_s)
    if not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=_STEP_S)
    if task.done() and not task.cancelled():
        task.exception()  # nobody else will ask


def _fail_all(accumulator: "MessageAccumulator", error: Exception) -> None:
    waiting = {batch for batches in accumulator._batches.values() for batch in batches}
    accumulator._pending_batches |= waiting  # a batch that was tried before wants to be removed from there
    accumulator.fail_all(error)
    for batch in waiting:
        if batch._drain_waiter.done():
            batch._drain_waiter.exception()  # nobody else will ask


async def _within(seconds: float, call: Awaitable[None]) -> None:
    with suppress(TimeoutError):
        async with within(seconds):
            await call
