import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from types import TracebackType
from typing import Self

import pytest

from befresh_agent.domain.events import DeviceChanged, DeviceState, Event
from befresh_agent.domain.trigger import Presence, Press, Trigger, WakeWord
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import ButtonEdge
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.settings.device_sections import GpioSettings
from befresh_agent.settings.model import SessionSettings
from befresh_agent.triggers.trigger_stream import TriggerStream


class ManualClock:
    """Time passes only when the test says so."""

    def __init__(self) -> None:
        self._now = 100.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._now).astimezone()

    def monotonic(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        if seconds > 0:
            awake = asyncio.Event()
            self._sleepers.append((self._now + seconds, awake))
            await awake.wait()
        else:
            await asyncio.sleep(0)

    async def pass_time(self, seconds: float) -> None:
        """In small steps, letting everybody act at each."""
        until = self._now + seconds
        while self._now < until:
            self._now = min(until, self._now + 0.05)
            for sleeper in [one for one in self._sleepers if one[0] <= self._now]:
                self._sleepers.remove(sleeper)
                sleeper[1].set()
            for _ in range(8):
                await asyncio.sleep(0)


class Device:
    """What both devices share: they can be missing, and it is counted how often somebody asked for them."""

    def __init__(self) -> None:
        self.missing = False
        self.opened = 0
        self.closed = 0

    async def __aenter__(self) -> Self:
        self.opened += 1
        if self.missing:
            raise DeviceError("gone")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self.closed += 1


class ScriptedButton(Device):
    def __init__(self, clock: ManualClock) -> None:
        super().__init__()
        self._clock = clock
        self._queue: asyncio.Queue[ButtonEdge] = asyncio.Queue()
        self.lasts_s: float | None = None

    async def edges(self) -> AsyncIterator[ButtonEdge]:
        if self.lasts_s is not None:
            await self._clock.sleep(self.lasts_s)
            raise DeviceError("gone again")
        while True:
            yield await self._queue.get()

    async def tap(self, seconds: float = 0.1) -> None:
        self.move(down=True)
        await self._clock.pass_time(seconds)
        self.move(down=False)

    def move(self, *, down: bool) -> None:
        self._queue.put_nowait(ButtonEdge(down, self._clock.monotonic()))


class ScriptedSensor(Device):
    def __init__(self) -> None:
        super().__init__()
        self.metres: float | None = 0.3
        self.pings = 0

    async def measure(self) -> float:
        self.pings += 1
        if self.metres is None:
            raise DeviceError("silent")
        return self.metres


class House:
    def __init__(self) -> None:
        self.clock = ManualClock()
        self.button, self.sensor = ScriptedButton(self.clock), ScriptedSensor()
        self.told: list[Event] = []
        events = EventBus()
        events.subscribe(self.told.append)
        self.watch = TriggerStream(
            button=self.button,
            distance=self.sensor,
            session=SessionSettings(),
            gpio=GpioSettings(),
            clock=self.clock,
            devices=DeviceRegistry(events, self.clock),
        )
        self.triggers: list[Trigger] = []

    async def take(self) -> None:
        async for trigger in self.watch.stream():
            self.triggers.append(trigger)

    def states(self, device: str) -> list[DeviceState]:
        return [event.state for event in self.told if isinstance(event, DeviceChanged) and event.device == device]


@asynccontextmanager
async def running() -> AsyncIterator[House]:
    house = House()
    tasks = [asyncio.create_task(house.watch.run()), asyncio.create_task(house.take())]
    try:
        yield house
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
async def house() -> AsyncIterator[House]:
    async with running() as house:
        await house.clock.pass_time(0.1)
        yield house


async def test_presses_come_as_what_they_mean(house: House) -> None:
    await house.button.tap()
    await house.clock.pass_time(0.3)
    assert house.triggers == []
    await house.clock.pass_time(0.2)
    assert house.triggers == [Press.SHORT]
    await house.button.tap()
    await house.clock.pass_time(0.1)
    await house.button.tap()
    await house.clock.pass_time(1)
    assert house.triggers == [Press.SHORT, Press.DOUBLE]


async def test_a_hold_comes_before_the_button_is_let_go(house: House) -> None:
    house.button.move(down=True)
    await house.clock.pass_time(3.1)
    assert house.triggers == [Press.HOLD]
    house.button.move(down=False)
    await house.clock.pass_time(1)
    assert house.triggers == [Press.HOLD]


async def test_presence_is_watched_only_while_live(house: House) -> None:
    await house.clock.pass_time(5)
    assert house.sensor.pings == 0
    house.watch.live(True)
    await house.clock.pass_time(2)
    assert house.triggers == [Presence(True)]
    assert house.sensor.opened == house.sensor.closed + 1
    house.sensor.metres = 2.0
    await house.clock.pass_time(3)
    assert house.triggers == [Presence(True), Presence(False)]
    house.watch.live(False)
    await house.clock.pass_time(1)
    pings = house.sensor.pings
    await house.clock.pass_time(5)
    assert house.sensor.pings == pings
    assert house.sensor.opened == house.sensor.closed
    assert house.states("distance") == [DeviceState.READY, DeviceState.LIVE, DeviceState.READY]


async def test_the_next_session_starts_knowing_nothing(house: House) -> None:
    house.sensor.metres = 2.0
    for _ in range(2):
        house.watch.live(True)
        await house.clock.pass_time(4)
        house.watch.live(False)
        await house.clock.pass_time(1)
    assert house.triggers == [Presence(False), Presence(False)]


async def test_a_sensor_that_dies_takes_back_that_nobody_is_there_and_is_reported_once(house: House) -> None:
    house.watch.live(True)
    house.sensor.metres = 2.0
    await house.clock.pass_time(4)
    house.sensor.metres = None
    await house.clock.pass_time(60)
    assert house.triggers == [Presence(False), Presence(True)]
    assert house.states("distance").count(DeviceState.LOST) == 1
    house.sensor.metres = 2.0
    await house.clock.pass_time(15)
    assert house.triggers == [Presence(False), Presence(True), Presence(False)]
    assert house.states("distance")[-1] is DeviceState.LIVE


async def test_a_missing_button_is_reported_once_and_found_again() -> None:
    async with running() as house:
        house.button.missing = house.sensor.missing = True
        await house.clock.pass_time(120)
        assert house.states("button") == [DeviceState.LOST]
        assert house.states("distance") == [DeviceState.LOST]
        assert 2 <= house.button.opened <= 60
        house.button.missing = False
        await house.clock.pass_time(72)
        assert house.states("button") == [DeviceState.LOST, DeviceState.READY]
        await house.button.tap()
        await house.clock.pass_time(1)
        assert house.triggers == [Press.SHORT]


@pytest.mark.parametrize("lasts_s", [0.0, 2.0])
async def test_a_button_that_opens_and_fails_is_tried_less_and_less_and_reported_once(lasts_s: float) -> None:
    async with running() as house:
        house.button.lasts_s = lasts_s
        await house.clock.pass_time(600)
        assert house.states("button").count(DeviceState.LOST) == 1
        assert house.button.opened <= 60, "pauses of a minute at most, of half a minute on average"
        house.button.lasts_s = None
        await house.clock.pass_time(72)
        assert house.states("button")[-1] is DeviceState.READY
        await house.button.tap()
        await house.clock.pass_time(1)
        assert house.triggers == [Press.SHORT]


async def test_a_missing_sensor_does_not_hold_up_the_button() -> None:
    async with running() as house:
        house.sensor.missing = True
        await house.clock.pass_time(0.1)
        house.watch.live(True)
        await house.button.tap()
        await house.clock.pass_time(1)
        assert house.triggers == [Press.SHORT]


async def test_a_wake_word_joins_the_stream(house: House) -> None:
    house.watch.offer(WakeWord())
    await house.clock.pass_time(0.1)
    assert house.triggers == [WakeWord()]
