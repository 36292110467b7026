"""The HC-SR04 on two GPIO pins.

In: pulses on ECHO, polled in a thread of its own: gpiozero's callbacks carry no time stamp and come too late for near
things, and a spinning loop would hold the interpreter. Out: metres.
"""

import math
import time
from collections.abc import Callable
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.adapters.own_thread import OwnThread
from befresh_agent.adapters.pins_rpigpio import library_errors
from befresh_agent.errors import DeviceError
from befresh_agent.settings import GpioSettings

if TYPE_CHECKING:
    from gpiozero.pins import Factory

_NEAREST_M, _FARTHEST_M = 0.02, 4.0
_TIMEOUT_S = 0.03
_HANGS_S = 3.0
"""A ping takes a twentieth of a second; longer than this, the driver hangs."""
_BETWEEN_PINGS_S = 0.06
_LONGEST_PULSE_S = 0.25
"""Some sensors keep ECHO high that long when nothing echoes."""
_PINGS = 3
"""The echo of something near is over in two milliseconds: on a busy machine the thread may sleep through one."""
_TRIGGER_S = 10e-6
_GLANCE_S = 50e-6


def sound_m_s(air_c: float) -> float:
    """The speed of sound: 4 °C less are 0.7 % of the distance."""
    return 331.3 + 0.606 * air_c


class GpioDistance:
    """`pins` gives the pin factory: the Pi's own or a simulated one."""

    def __init__(self, pins: "Callable[[], Factory]", settings: GpioSettings) -> None:
        self._pins = pins
        self._settings = settings
        self._thread: OwnThread | None = None
        self._sonar: _Sonar | None = None

    async def __aenter__(self) -> Self:
        self._thread = OwnThread("distance sensor")
        try:
            self._sonar = await self._thread.call(lambda: _Sonar(self._pins(), self._settings), _HANGS_S)
        except BaseException:
            await self._thread.end()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._thread is not None and self._sonar is not None:
            await self._thread.end(self._sonar.close)
            self._sonar = None

    async def measure(self) -> float:
        if self._thread is None or self._sonar is None:
            raise DeviceError("the distance sensor is switched off")
        return await self._thread.call(self._sonar.measure, _HANGS_S)


class _Sonar:
    """The sensor itself; everything here blocks."""

    def __init__(self, factory: "Factory", settings: GpioSettings) -> None:
        from gpiozero import InputDevice, OutputDevice

        self._library_errors = library_errors()
        self._where = f"distance sensor on BCM {settings.trigger_pin} and {settings.echo_pin}"
        self._sound_m_s = sound_m_s(settings.air_c)
        self._pinged_at = -math.inf
        try:
            self._trigger = OutputDevice(settings.trigger_pin, pin_factory=factory)
            self._echo = InputDevice(settings.echo_pin, pull_up=False, pin_factory=factory)
        except self._library_errors as error:
            raise DeviceError(f"{self._where}: {error}", remedy="check gpio.trigger_pin and gpio.echo_pin") from error

    def close(self) -> None:
        self._trigger.close()
        self._echo.close()

    def measure(self) -> float:
        """The first ping that is answered; raises `DeviceError` when none of them is."""
        for _ in range(_PINGS):
            if (metres := self._ping()) is not None:
                return metres
        raise DeviceError(f"{self._where}: no answer", remedy="check TRIG, ECHO and the 5 V supply")

    def _ping(self) -> float | None:
        """One ping, at least 60 ms after the one before, so that no old echo is taken for a new one."""
        time.sleep(max(0.0, self._pinged_at + _BETWEEN_PINGS_S - time.monotonic()))
        try:
            return self._still_high() if self._echo.value else self._echo_after_trigger()
        except self._library_errors as error:
            raise DeviceError(f"{self._where}: {error}") from error

    def _still_high(self) -> float:
        if time.monotonic() - self._pinged_at < _LONGEST_PULSE_S:
            return math.inf
        raise DeviceError(f"{self._where}: ECHO is stuck high", remedy="check its wiring")

    def _echo_after_trigger(self) -> float | None:
        self._pinged_at = time.monotonic()
        self._trigger.on()
        time.sleep(_TRIGGER_S)
        self._trigger.off()
        began = self._wait_for(1)
        if began is None:
            return None
        ended = self._wait_for(0)
        metres = math.inf if ended is None else (ended - began) * self._sound_m_s / 2
        return max(metres, _NEAREST_M) if metres <= _FARTHEST_M else math.inf

    def _wait_for(self, level: int) -> float | None:
        """When ECHO reached the level; None when it did not within the time an echo can take."""
        until = time.monotonic() + _TIMEOUT_S
        while self._echo.value != level:
            if time.monotonic() > until:
                return None
            time.sleep(_GLANCE_S)
        return time.monotonic()
