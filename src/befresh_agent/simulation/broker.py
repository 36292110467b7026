"""A simulated broker: takes its time to acknowledge, and can be cut off."""

import asyncio
from collections.abc import Callable, Sequence
from random import Random

from befresh_agent.errors import DeliveryError, DeliveryTransient
from befresh_agent.ports.publisher import Message


class SimulatedBroker:
    """Implements `ports.publisher.Publisher`; `cut` says whether it is out of reach at the moment."""

    where = "the simulated broker"

    def __init__(self, seed: int = 0, cut: Callable[[], bool] = lambda: False) -> None:
        self._chance = Random(seed)
        self._cut = cut
        self.received: list[Message] = []

    async def publish(self, messages: Sequence[Message]) -> list[DeliveryError | None]:
        await asyncio.sleep(self._chance.uniform(0.05, 0.3))
        if self._cut():
            return [DeliveryTransient("the simulated broker is cut off") for _ in messages]
        self.received += messages
        return [None for _ in messages]

    async def close(self, grace_s: float) -> None:
        """Nothing is open."""
