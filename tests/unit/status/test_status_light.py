"""What the lamp on the fridge says."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import gpiod
import pytest
from gpiod.line import Direction

from befresh_agent.adapters.gpio.gpiod_devices import CHOICE, LineLamp
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.cue import Cue
from befresh_agent.domain.events import CuePlayed, DeviceState, SessionClosed, SessionOpened
from befresh_agent.errors import DeviceError
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.status.status_light import Light, StatusLight
from tests.contract.kernel_lines import Lines, kernel


class Bulb:
    def __init__(self) -> None:
        self.shown: list[bool] = []
        self.is_there = True

    async def __aenter__(self) -> Self:
        if not self.is_there:
            raise DeviceError("no pins")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None: ...

    def switch(self, on: bool) -> None:
        self.shown.append(on)


def says(lamp: StatusLight) -> Light:
    return lamp.now


async def test_it_follows_what_happens_at_the_fridge() -> None:
    events = EventBus()
    devices = DeviceRegistry(events, SystemClock())
    bulb = Bulb()
    lamp = StatusLight(bulb, devices)
    events.subscribe(lamp.listen)
    running = asyncio.create_task(lamp.run())
    assert says(lamp) is Light.OFF
    events.emit(SessionOpened("a"))
    assert says(lamp) is Light.OPEN
    async with asyncio.timeout(30):
        while bulb.shown[-1:] != [True]:
            await asyncio.sleep(0.01)
    events.emit(CuePlayed(Cue.SPEAK))
    assert says(lamp) is Light.LISTENING
    async with asyncio.timeout(30):
        while bulb.shown[-1:] != [False]:
            await asyncio.sleep(0.01)
    events.emit(CuePlayed(Cue.REGISTERED))
    assert says(lamp) is Light.OPEN
    devices.report("radio", DeviceState.LOST, "gone")
    assert says(lamp) is Light.OPEN
    events.emit(SessionClosed("a", "closed", 1, 0))
    assert says(lamp) is Light.TROUBLE
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running


async def test_a_lamp_that_is_not_there_is_told_and_is_no_trouble_of_its_own() -> None:
    devices = DeviceRegistry(EventBus(), SystemClock())
    bulb = Bulb()
    bulb.is_there = False
    lamp = StatusLight(bulb, devices)
    running = asyncio.create_task(lamp.run())
    await asyncio.sleep(0.05)
    ((seen, _),) = devices.states()
    assert (seen.device, seen.state, says(lamp)) == ("status light", DeviceState.LOST, Light.OFF)
    running.cancel()


async def test_the_kernels_line_is_an_output_that_begins_dark(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[Lines] = []
    monkeypatch.setenv(CHOICE, "11")
    monkeypatch.setattr(gpiod, "request_lines", kernel(made))
    lamp = LineLamp(25)
    with pytest.raises(DeviceError):
        lamp.switch(True)
    async with lamp:
        assert made[0].settings[25].direction is Direction.OUTPUT
        lamp.switch(True)
        assert made[0]._trigger.value == 1
        lamp.switch(False)
    assert made[0].settings == {}
