"""Button and distance sensor through gpiozero, where the kernel's own library is missing, and the pins of RPi.GPIO.

In: level changes on gpiozero's thread. Out: edges on the loop, pulses in seconds. ECHO is polled: gpiozero's callbacks
carry no time stamp and come too late for near things, and a spinning loop would hold the interpreter. rpi-lgpio
supplies
RPi.GPIO on current kernels.
"""

import asyncio
import math
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import chdir
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.adapters.gpio.gpiod_devices import CHOICE, DEVICES, chosen_chip
from befresh_agent.adapters.gpio.hc_sr04 import TIMEOUT_S, TRIGGER_S, where
from befresh_agent.errors import DeviceError, error_text
from befresh_agent.ports.clock import Clock
from befresh_agent.ports.devices import ButtonEdge
from befresh_agent.settings.device_sections import GpioSettings

if TYPE_CHECKING:
    from gpiozero import DigitalInputDevice
    from gpiozero.pins import Factory

_REMEDY = "run scripts/install.sh; from Debian 13 on it takes python3-rpi-lgpio, which only Raspberry Pi OS has"


def library_errors() -> tuple[type[Exception], ...]:
    """What gpiozero and the libraries below it raise. RPi.GPIO knows only RuntimeError, lgpio has its own."""
    from gpiozero import GPIOZeroError

    lgpio = sys.modules.get("lgpio")  # simulated pins do without, and importing it makes pipes
    return GPIOZeroError, RuntimeError, OSError, *([lgpio.error] if lgpio else [])


class RpiPins:
    """Opens the pin factory when the first device asks for it; all devices share it."""

    def __init__(self, runtime_dir: Path, devices: Path = DEVICES) -> None:
        self._runtime_dir = runtime_dir
        self._devices = devices
        self._factory: Factory | None = None

    def __call__(self) -> "Factory":
        """The one factory. Raises `DeviceError`; imports slowly the first time, so call it off the loop."""
        if self._factory is None:
            self._factory = self._open()
        return self._factory

    def close(self) -> None:
        if self._factory is not None:
            self._factory.close()
            self._factory = None

    def _open(self) -> "Factory":
        # lgpio puts its notification pipes there, and fails to import where it cannot.
        os.environ.setdefault("LG_WD", str(self._runtime_dir))
        self._point_out_the_chip()
        try:
            with chdir("."):  # being imported, lgpio takes the whole process to LG_WD; here it comes back
                from gpiozero.pins.rpigpio import RPiGPIOFactory
        except ImportError as error:
            raise DeviceError(f"no pin library: {error}", remedy=_REMEDY) from error
        except (RuntimeError, OSError) as error:
            raise DeviceError(
                f"no pins: {error_text(error)}", remedy="run on a Raspberry Pi, or with --dry-run"
            ) from error
        try:
            return RPiGPIOFactory()
        except library_errors() as error:
            raise DeviceError(
                f"no pins: {error_text(error)}", remedy="run on a Raspberry Pi, or with --dry-run"
            ) from error

    def _point_out_the_chip(self) -> None:
        """rpi-lgpio takes the wrong chip where it does not know the kernel's device tree."""
        if CHOICE not in os.environ and (number := chosen_chip(self._devices)) is not None:
            os.environ[CHOICE] = str(number)


class GpioButton:
    """`pins` gives the pin factory: the Pi's own or a simulated one."""

    def __init__(self, pins: "Callable[[], Factory]", settings: GpioSettings, clock: Clock) -> None:
        self._pins = pins
        self._settings = settings
        self._clock = clock
        self._edges: asyncio.Queue[ButtonEdge] = asyncio.Queue()
        self._device: DigitalInputDevice | None = None

    async def __aenter__(self) -> Self:
        self._edges = asyncio.Queue()
        self._device = device = await asyncio.to_thread(self._open)
        loop = asyncio.get_running_loop()

        def changed(down: bool) -> None:
            loop.call_soon_threadsafe(self._edges.put_nowait, ButtonEdge(down, self._clock.monotonic()))

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

    async def edges(self) -> AsyncIterator[ButtonEdge]:
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


_GLANCE_S = 50e-6


class PolledEcho:
    """On the pins of a factory: the Pi's own or a simulated one."""

    def __init__(self, factory: "Factory", settings: GpioSettings) -> None:
        from gpiozero import InputDevice, OutputDevice

        self.errors = library_errors()
        try:
            self._trigger = OutputDevice(settings.trigger_pin, pin_factory=factory)
            self._echo = InputDevice(settings.echo_pin, pull_up=False, pin_factory=factory)
        except self.errors as error:
            remedy = "check gpio.trigger_pin and gpio.echo_pin"
            raise DeviceError(f"{where(settings)}: {error}", remedy=remedy) from error

    def is_high(self) -> bool:
        return bool(self._echo.value)

    def ping(self) -> float | None:
        self._trigger.on()
        time.sleep(TRIGGER_S)
        self._trigger.off()
        began = self._wait_for(1)
        if began is None:
            return None
        ended = self._wait_for(0)
        return math.inf if ended is None else ended - began

    def close(self) -> None:
        self._trigger.close()
        self._echo.close()

    def _wait_for(self, level: int) -> float | None:
        """When ECHO reached the level; None when it did not within the time an echo can take."""
        until = time.monotonic() + TIMEOUT_S
        while self._echo.value != level:
            if time.monotonic() > until:
                return None
            time.sleep(_GLANCE_S)
        return time.monotonic()
