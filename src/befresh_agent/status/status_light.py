"""Keeps the lamp on the fridge up to date. In: events, and how devices are doing. Out: light."""

import asyncio
from contextlib import AbstractAsyncContextManager
from enum import Enum

from befresh_agent.domain import events as e
from befresh_agent.domain.cue import Cue
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Lamp
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.runtime.event_loop import within

_DEVICE = "status light"
_AGAIN_S = 60.0


class Light(Enum):
    """Seconds on and off, over and over; None: for as long as it stays so."""

    OFF = (0.0, None)
    """Nobody is registering, and all is well."""
    OPEN = (None, 0.0)
    LISTENING = (0.4, 0.4)
    """Say the food's name now."""
    TROUBLE = (0.1, 1.9)
    """Something is lost: `befresh-agent status` tells what."""


def light(*, is_open: bool, listening: bool, lost: bool) -> Light:
    """Whoever stands there comes first."""
    if is_open:
        return Light.LISTENING if listening else Light.OPEN
    return Light.TROUBLE if lost else Light.OFF


class StatusLight:
    """A service of the agent."""

    def __init__(self, lamp: AbstractAsyncContextManager[Lamp], devices: DeviceRegistry) -> None:
        self._lamp = lamp
        self._devices = devices
        self._open = self._listening = False
        self._changed = asyncio.Event()

    def listen(self, event: e.Event) -> None:
        """A listener for `EventBus`."""
        match event:
            case e.SessionOpened():
                self._open = True
            case e.SessionClosed():
                self._open = self._listening = False
            case e.CuePlayed(cue=cue):
                self._listening = cue is Cue.SPEAK
            case e.NameHeard():
                self._listening = False
            case e.DeviceChanged():
                pass
            case _:
                return
        self._changed.set()

    async def run(self) -> None:
        """For ever; a lamp whose pin cannot be had is tried again."""
        while True:
            try:
                async with self._lamp as lamp:
                    self._devices.report(_DEVICE, e.DeviceState.READY)
                    while True:
                        await self._show(lamp, self.now)
            except DeviceError as error:
                self._devices.report(_DEVICE, e.DeviceState.LOST, str(error))
            await asyncio.sleep(_AGAIN_S)

    @property
    def now(self) -> Light:
        """What it should say."""
        states = (seen for seen, _ in self._devices.states() if seen.device != _DEVICE)
        lost = any(seen.state is e.DeviceState.LOST for seen in states)
        return light(is_open=self._open, listening=self._listening, lost=lost)

    async def _show(self, lamp: Lamp, shown: Light) -> None:
        """Its pattern once, or until something changes."""
        self._changed.clear()
        for on, seconds in zip((True, False), shown.value, strict=True):
            if seconds == 0:
                continue
            lamp.switch(on)
            try:
                async with within(seconds if seconds is not None else _AGAIN_S):
                    await self._changed.wait()
                return
            except TimeoutError:
                continue
