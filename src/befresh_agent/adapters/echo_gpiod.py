"""The distance sensor's pins as the kernel's lines. The kernel says when ECHO rose and fell, by its interrupts: so it
matters little how busy the machine is.
"""

import math
import time
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.adapters.gpio_chips import DEVICES
from befresh_agent.adapters.lines_gpiod import request
from befresh_agent.adapters.sonar import TIMEOUT_S, TRIGGER_S, where
from befresh_agent.settings import GpioSettings

if TYPE_CHECKING:
    from befresh_agent.adapters.lines_gpiod import Lines


class TimedEcho:
    """Raises `DeviceError` where the lines cannot be had."""

    errors: tuple[type[Exception], ...] = (OSError,)

    def __init__(self, settings: GpioSettings, devices: Path = DEVICES) -> None:
        from gpiod import LineSettings
        from gpiod.line import Bias, Direction, Edge, Value

        self._high, self._low = Value.ACTIVE, Value.INACTIVE
        self._trigger, self._echo = settings.trigger_pin, settings.echo_pin
        lines: Lines = {
            self._trigger: LineSettings(direction=Direction.OUTPUT),
            self._echo: LineSettings(edge_detection=Edge.BOTH, bias=Bias.PULL_DOWN),
        }
        self._lines = request(lines, where(settings), "check gpio.trigger_pin and gpio.echo_pin", devices)

    def is_high(self) -> bool:
        return self._lines.get_value(self._echo) is self._high

    def ping(self) -> float | None:
        if self._lines.wait_edge_events(0):
            self._lines.read_edge_events()  # of an echo that nobody waited for
        self._lines.set_value(self._trigger, self._high)
        time.sleep(TRIGGER_S)
        self._lines.set_value(self._trigger, self._low)
        began = self._next(rising=True)
        if began is None:
            return None
        ended = self._next(rising=False)
        return math.inf if ended is None else (ended - began) / 1e9

    def close(self) -> None:
        self._lines.release()

    def _next(self, *, rising: bool) -> int | None:
        """The kernel's time of the next such edge in nanoseconds; None when none comes in the time an echo takes."""
        until = time.monotonic() + TIMEOUT_S
        while (left := until - time.monotonic()) > 0 and self._lines.wait_edge_events(left):
            (event,) = self._lines.read_edge_events(1)
            if (event.event_type is event.Type.RISING_EDGE) is rising:
                return event.timestamp_ns
        return None
