"""A restartable service comes back with growing pauses; every crash is told."""

import random
from datetime import UTC, datetime

import pytest

from befresh_agent.domain.events import Event, ServiceRestarted
from befresh_agent.domain.pacing import Backoff
from befresh_agent.runtime.event_bus import EventBus
from befresh_agent.runtime.supervision import Supervisor


class Paused:
    """A clock on which waiting takes no time."""

    def __init__(self) -> None:
        self.at = 0.0
        self.pauses: list[float] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)

    def monotonic(self) -> float:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.at += seconds


class Longest(random.Random):
    """Chance that always takes the whole pause."""

    def random(self) -> float:
        return 1.0


def test_pauses_double_up_to_the_longest() -> None:
    backoff = Backoff(first_s=1, longest_s=60)
    assert [backoff.pause(n, 1) for n in (1, 2, 3, 6, 7, 500)] == [1, 2, 4, 32, 60, 60]


async def test_a_crashing_service_is_started_again_and_told() -> None:
    clock, events, told = Paused(), EventBus(), list[Event]()
    events.subscribe(told.append)
    left = 3

    async def run() -> None:
        nonlocal left
        if left:
            left -= 1
            raise ValueError("broken")

    await Supervisor(clock, events, Longest()).restartable("radio", run)
    assert clock.pauses == [1, 2, 4]
    assert all(isinstance(event, ServiceRestarted) and event.part == "radio" for event in told)
    assert isinstance(told[0], ServiceRestarted)
    assert "ValueError: broken" in told[0].error
    assert "Traceback" in told[0].trace


async def test_a_service_that_lived_long_starts_again_quickly() -> None:
    clock, lives = Paused(), [0.0, 0.0, 1000.0, 0.0]

    async def run() -> None:
        if lives:
            clock.at += lives.pop(0)
            raise ValueError

    await Supervisor(clock, EventBus(), Longest()).restartable("radio", run)
    assert clock.pauses == [1, 2, 1, 2]


async def test_being_told_to_stop_is_no_crash() -> None:
    async def run() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await Supervisor(Paused(), EventBus()).restartable("radio", run)
