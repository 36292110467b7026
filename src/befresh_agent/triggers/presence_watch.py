"""Trigger stage, distance sensor: metres come in while a session is live, presence goes out.

A sensor that is missing or silent is reported once, opened anew with growing pauses, and never says that
nobody is there.
"""

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from befresh_agent.domain.events import DeviceState
from befresh_agent.domain.pacing import Backoff, RetryPauses
from befresh_agent.domain.trigger import Presence
from befresh_agent.errors import DeviceError
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import DistanceSensor
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.triggers.rules import PresenceRule

_EVERY_S = 0.2
_BACKOFF = Backoff(first_s=0.5, longest_s=10)


class PresenceWatch:
    """Tells `changed` when somebody comes or goes."""

    def __init__(
        self,
        distance: AbstractAsyncContextManager[DistanceSensor],
        near_m: float,
        clock: Clock,
        devices: DeviceRegistry,
        changed: Callable[[Presence], None],
    ) -> None:
        self._distance = distance
        self._near_m = near_m
        self._clock = clock
        self._devices = devices
        self._changed = changed
        self._live = asyncio.Event()
        self._rule = PresenceRule(near_m)
        self._pauses = RetryPauses(_BACKOFF)

    def live(self, on: bool) -> None:
        """Measure from now on, knowing nothing yet; or stop measuring."""
        if on:
            self._rule = PresenceRule(self._near_m)
            self._live.set()
        else:
            self._live.clear()

    async def run(self) -> None:
        await self._see_whether_it_is_there()
        while True:
            await self._live.wait()
            try:
                async with self._distance as sensor:
                    await self._measure(sensor)
                self._devices.report("distance", DeviceState.READY)
            except DeviceError as error:
                pause = self._pauses.failed()
                self._devices.report("distance", DeviceState.LOST, str(error))
                await self._clock.sleep(pause)

    async def _see_whether_it_is_there(self) -> None:
        try:
            async with self._distance:
                self._devices.report("distance", DeviceState.READY)
        except DeviceError as error:
            self._devices.report("distance", DeviceState.LOST, str(error))

    async def _measure(self, sensor: DistanceSensor) -> None:
        """Until the session ends; raises `DeviceError` as soon as the sensor cannot tell any more."""
        while self._live.is_set():
            rule = self._rule
            try:
                metres = await sensor.measure()
            except DeviceError:
                self._emit(rule.failed())
                if rule.silent:
                    raise
            else:
                self._pauses.worked()
                self._devices.report("distance", DeviceState.LIVE)
                self._emit(rule.measured(metres, self._clock.monotonic()))
            await self._clock.sleep(_EVERY_S)

    def _emit(self, change: Presence | None) -> None:
        if change is not None and self._live.is_set():
            self._changed(change)
