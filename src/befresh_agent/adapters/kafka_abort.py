"""How to get rid of an aiokafka producer for good.

Its own stop() waits until everything is delivered, which in an outage is never; and it would go on delivering later.
What is used of aiokafka's private parts stands here alone, and a test guards every name at an upgrade.
"""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aiokafka import AIOKafkaProducer

_STEP_S = 2.5
"""Longer than the producer's own pause between tries, after which its tasks end by themselves."""


async def abort(producer: "AIOKafkaProducer") -> None:
    """Drop a producer and all it holds, within a few seconds and whatever the network does."""
    from aiokafka.errors import ProducerClosed

    producer._closed = True
    producer._message_accumulator._closed = True
    sender = producer._sender.sender_task
    if sender is not None:
        sender.cancel()
    await _within(_STEP_S, producer.client.close())  # its requests under way fail now, so the sender can end
    if sender is not None:
        await asyncio.wait([sender], timeout=_STEP_S)
        if not sender.done():
            sender.cancel()
            await asyncio.wait([sender], timeout=_STEP_S)
    producer._message_accumulator.fail_all(ProducerClosed())
    await _within(_STEP_S, producer.client.close())  # what the sender opened meanwhile


async def _within(seconds: float, call: Awaitable[None]) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await call
