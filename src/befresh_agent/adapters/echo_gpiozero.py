"""The distance sensor's pins through gpiozero: ECHO is polled, as gpiozero's callbacks carry no time stamp and come too
late for near things, and a spinning loop would hold the interpreter.
"""

import math
import time
from typing import TYPE_CHECKING

from befresh_agent.adapters.pins_rpigpio import library_errors
from befresh_agent.adapters.sonar import TIMEOUT_S, TRIGGER_S, where
from befresh_agent.errors import DeviceError
from befresh_agent.settings import GpioSettings

if TYPE_CHECKING:
    from gpiozero.pins import Factory

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
