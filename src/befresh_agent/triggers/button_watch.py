"""Trigger stage, button: edges come in, presses go out.

A button that is missing is reported once and tried again; nothing else waits for it.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.domain.trigger import Press
from befresh_agent.errors import DeviceError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import Button
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.settings.device_sections import GpioSettings
from befresh_agent.triggers.rules import PressDetector

_BACKOFF = Backoff(first_s=1, longest_s=60)
_STABLE_S = 10.0
"""A button that failed is trusted again when it has held so long."""


class ButtonWatch:
    """Tells `pressed` what the person meant."""

    def __init__(
        self,
        button: AbstractAsyncContextManager[Button],
        settings: GpioSettings,
        clock: Clock,
        devices: DeviceRegistry,
        pressed: Callable[[Press], None],
    ) -> None:
        self._button = button
        self._settings = settings
        self._clock = clock
        self._devices = devices
        self._pressed = pressed
        self._pauses = RetryPauses(_BACKOFF)

    async def run(self) -> None:
        while True:
            try:
                async with self._button as button:
                    await self._use(button)
            except DeviceError as error:
                pause = self._pauses.failed()
                self._devices.report("button", DeviceState.LOST, str(error))
                await self._clock.sleep(pause)

    async def _use(self, button: Button) -> None:
        trusting = asyncio.create_task(self._trust())
        try:
            await self._follow(button)
        finally:
            trusting.cancel()

    async def _trust(self) -> None:
        """It opened: that is enough, unless it has failed before."""
        if self._pauses.failures:
            await self._clock.sleep(_STABLE_S)
        self._pauses.worked()
        self._devices.report("button", DeviceState.READY)

    async def _follow(self, button: Button) -> None:
        rule = PressDetector(self._settings.double_s, self._settings.hold_s, self._settings.long_s)
        timer: asyncio.Task[None] | None = None
        try:
            async for edge in button.edges():
                if timer is not None:
                    timer.cancel()
                self._emit(rule.edge(down=edge.down, at=edge.at))
                timer = asyncio.create_task(self._keep_deadlines(rule))
        finally:
            if timer is not None:
                timer.cancel()

    async def _keep_deadlines(self, rule: PressDetector) -> None:
        while (due := rule.deadline) is not None:
            await self._clock.sleep(due - self._clock.monotonic())
            self._emit(rule.tick(self._clock.monotonic()))

    def _emit(self, presses: list[Press]) -> None:
        for press in presses:
            self._pressed(press)
