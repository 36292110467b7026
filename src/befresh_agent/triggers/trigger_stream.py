"""Trigger stage: button presses, presence and the wake word become one stream of triggers.

Presses are watched always, presence only while a session is live, the wake word is offered by the voice stage.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from befresh_agent.domain.trigger import Trigger
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import Button, DistanceSensor
from befresh_agent.runtime.event_bus import DeviceRegistry
from befresh_agent.settings.device_sections import GpioSettings
from befresh_agent.settings.model import SessionSettings
from befresh_agent.triggers.button_watch import ButtonWatch
from befresh_agent.triggers.presence_watch import PresenceWatch


class TriggerStream:
    """Run it as a service; take the triggers from `stream`."""

    def __init__(
        self,
        *,
        button: AbstractAsyncContextManager[Button],
        distance: AbstractAsyncContextManager[DistanceSensor],
        session: SessionSettings,
        gpio: GpioSettings,
        clock: Clock,
        devices: DeviceRegistry,
    ) -> None:
        self._triggers: asyncio.Queue[Trigger] = asyncio.Queue()
        self._button = ButtonWatch(button, gpio, clock, devices, self.offer)
        self._presence = PresenceWatch(distance, session.near_cm / 100, clock, devices, self.offer)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._button.run())
            tasks.create_task(self._presence.run())

    async def stream(self) -> AsyncIterator[Trigger]:
        """Every trigger in order, for ever. What was not taken waits for the next reader."""
        while True:
            yield await self._triggers.get()

    def offer(self, trigger: Trigger) -> None:
        """Put a trigger into the stream."""
        self._triggers.put_nowait(trigger)

    def live(self, on: bool) -> None:
        """Switch the distance sensor on and off with the session."""
        self._presence.live(on)
