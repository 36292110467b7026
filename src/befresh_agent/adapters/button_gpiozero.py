"""The button on a GPIO pin: pulled down, active high.

In: level changes on gpiozero's thread. Out: edges on the loop.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.adapters.pins_rpigpio import library_errors
from befresh_agent.errors import DeviceError
from befresh_agent.ports.button import Edge
from befresh_agent.ports.clock import Clock
from befresh_agent.settings import GpioSettings

if TYPE_CHECKING:
    from gpiozero import DigitalInputDevice
    from gpiozero.pins import Factory


class GpioButton:
    """`pins` gives the pin factory: the Pi's own or a simulated one."""

    def __init__(self, pins: "Callable[[], Factory]", settings: GpioSettings, clock: Clock) -> None:
        self._pins = pins
        self._settings = settings
        self._clock = clock
        self._edges: asyncio.Queue[Edge] = asyncio.Queue()
        self._device: DigitalInputDevice | None = None

    async def __aenter__(self) -> Self:
        self._edges = asyncio.Queue()
        self._device = device = await asyncio.to_thread(self._open)
        loop = asyncio.get_running_loop()

        def changed(down: bool) -> None:
            loop.call_soon_threadsafe(self._edges.put_nowait, Edge(down, self._clock.monotonic()))

        device.when_activated = lambda: changed(True)
        device.when_deactivated = lambda: changed(False)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._device is not None:
            self._device.when_activated = self._device.when_deactivated = None
            await asyncio.to_thread(self._device.close)
            self._device = None

    async def edges(self) -> AsyncIterator[Edge]:
        while True:
            yield await self._edges.get()

    def _open(self) -> "DigitalInputDevice":
        factory = self._pins()
        from gpiozero import DigitalInputDevice

        settings = self._settings
        try:
            return DigitalInputDevice(
                settings.button_pin, pull_up=False, bounce_time=settings.bounce_s or None, pin_factory=factory
            )
        except library_errors() as error:
            raise DeviceError(
                f"button on BCM {settings.button_pin}: {error}", remedy="check gpio.button_pin"
            ) from error
