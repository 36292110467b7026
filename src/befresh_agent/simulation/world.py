"""The world of the dry run: who stands where, what is held up, what is broken; its clock, air, broker and loudspeaker.

Simulated devices look at it; the player of a scenario (`scenario_player.py`) or a hand (`hand_play.py`) changes it.
"""

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from befresh_agent.domain.cue import Cue, CueSubject, cue_seconds
from befresh_agent.domain.delivery_events import BROKER
from befresh_agent.errors import DeliveryError, DeliveryTransient, DeviceError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.outside import OutgoingMessage
from befresh_agent.runtime.event_loop import within

FAR_M = 2.2
"""The wall opposite: what the distance sensor sees when nobody is there."""

BREAKABLE = frozenset({"camera", "distance", "radio", "speaker", "broker"})


@dataclass(slots=True)
class SimulatedWorld:
    hand_m: float = FAR_M
    """Distance of the nearest thing before the fridge, in metres."""
    picture: Path | None = None
    """What is held before the camera."""
    broken: set[str] = field(default_factory=set)
    """Devices that do not work at the moment, out of `BREAKABLE`."""


class SimulatedClock:
    """Begins at the time given (else now), and from there on runs `speed` simulated seconds for each real one."""

    def __init__(self, speed: float = 1.0, began: datetime | None = None) -> None:
        self._began = began or datetime.now().astimezone()
        self._real = time.monotonic()
        self._simulated = 0.0
        self._speed = speed
        self._changed = asyncio.Event()

    @property
    def speed(self) -> float:
        return self._speed

    @speed.setter
    def speed(self, speed: float) -> None:
        self._simulated, self._real = self.monotonic(), time.monotonic()
        self._speed = speed
        self._changed.set()
        self._changed = asyncio.Event()

    def now(self) -> datetime:
        return (self._began + timedelta(seconds=self.monotonic())).astimezone()

    def monotonic(self) -> float:
        return self._simulated + (time.monotonic() - self._real) * self._speed

    async def sleep(self, seconds: float) -> None:
        due = self.monotonic() + seconds
        await asyncio.sleep(0)
        while (left := due - self.monotonic()) > 0:
            changed = self._changed
            try:
                async with within(left / self._speed):
                    await changed.wait()
            except TimeoutError:
                pass


class SpokenAir:
    """Each phrase is one UTF-8 datagram to the socket at `path`. Where nobody listens it is lost, as sound is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def say(self, text: str) -> None:
        """Never blocks."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as mouth, contextlib.suppress(OSError):
            mouth.setblocking(False)
            mouth.sendto(text.encode(), str(self.path))


class SimulatedBroker(AbstractAsyncContextManager[object]):
    """Implements `ports.outside.MessageSink`; `cut` says whether it is out of reach at the moment."""

    name = BROKER
    where = "the simulated broker"

    def __init__(self, seed: int = 0, cut: Callable[[], bool] = lambda: False) -> None:
        self._chance = Random(seed)
        self._cut = cut
        self.received: list[OutgoingMessage] = []

    async def __aexit__(self, *_error: object) -> None:
        """Nothing is open."""

    async def publish(self, messages: Sequence[OutgoingMessage]) -> list[DeliveryError | None]:
        await asyncio.sleep(self._chance.uniform(0.05, 0.3))
        if self._cut():
            return [DeliveryTransient("the simulated broker is cut off") for _ in messages]
        self.received += messages
        return [None for _ in messages]

    async def close(self, grace_s: float) -> None:
        """Nothing is open."""


_LETTER_S = 0.08
"""How long it takes to say a letter."""


class SimulatedSpeaker:
    """`broken` says whether the loudspeaker does not work at the moment."""

    def __init__(self, clock: Clock, broken: Callable[[], bool] = lambda: False) -> None:
        self._clock = clock
        self._broken = broken
        self.said: deque[str] = deque(maxlen=100)
        """The last sentences that were spoken."""

    async def play(self, cue: Cue, _about: CueSubject | None = None) -> None:
        if self._broken():
            raise DeviceError("the loudspeaker is broken")
        await self._clock.sleep(cue_seconds(cue))

    async def say(self, sentence: str) -> None:
        if self._broken():
            raise DeviceError("the loudspeaker is broken")
        self.said.append(sentence)
        await self._clock.sleep(len(sentence) * _LETTER_S)
