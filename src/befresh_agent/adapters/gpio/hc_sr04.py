"""The HC-SR04: which pings are tried, and what the length of an echo says. How its two pins are reached is an
`EchoPins`'s
matter.

In: pulses on ECHO, timed in a thread of its own, as all of it blocks. Out: metres.
"""

import math
import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from befresh_agent.errors import DeviceError
from befresh_agent.runtime.threads import DeviceThread
from befresh_agent.settings.device_sections import GpioSettings

TRIGGER_S = 10e-6
"""So long TRIG is high."""
TIMEOUT_S = 0.03
"""An echo from the farthest thing in reach is over by then."""
_NEAREST_M, _FARTHEST_M = 0.02, 4.0
_HANGS_S = 3.0
"""A ping takes a twentieth of a second; longer than this, the driver hangs."""
_BETWEEN_PINGS_S = 0.06
_LONGEST_PULSE_S = 0.25
"""Some sensors keep ECHO high that long when nothing echoes."""
_PINGS = 3
"""A busy machine may miss the echo of something near, which is over in two milliseconds."""


class EchoPins(Protocol):
    """TRIG and ECHO; everything blocks."""

    errors: tuple[type[Exception], ...]
    """What its methods raise when the pins fail."""

    def is_high(self) -> bool: ...

    def ping(self) -> float | None:
        """Pull TRIG: for how many seconds ECHO is high then. None when it does not rise within `TIMEOUT_S`, infinity
        when it does not fall within it.
        """

    def close(self) -> None: ...


def sound_m_s(air_c: float) -> float:
    """The speed of sound: 4 °C less are 0.7 % of the distance."""
    return 331.3 + 0.606 * air_c


class UltrasonicSensor:
    """`echo` opens the pins; it raises `DeviceError` where there are none."""

    def __init__(self, echo: Callable[[], EchoPins], settings: GpioSettings) -> None:
        self._open = echo
        self._where = where(settings)
        self._sound_m_s = sound_m_s(settings.air_c)
        self._thread: DeviceThread | None = None
        self._echo: EchoPins | None = None
        self._pinged_at = -math.inf

    async def __aenter__(self) -> Self:
        self._thread = DeviceThread("distance sensor")
        try:
            self._echo = await self._thread.call(self._open, _HANGS_S)
        except BaseException:
            await self._thread.stop()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._thread is not None and self._echo is not None:
            await self._thread.stop(self._echo.close)
            self._echo = None

    async def measure(self) -> float:
        echo = self._echo
        if self._thread is None or echo is None:
            raise DeviceError("the distance sensor is switched off")
        return await self._thread.call(lambda: self._measure(echo), _HANGS_S)

    def _measure(self, echo: EchoPins) -> float:
        """The first ping that is answered; raises `DeviceError` when none of them is."""
        for _ in range(_PINGS):
            try:
                metres = self._ping(echo)
            except echo.errors as error:
                raise DeviceError(f"{self._where}: {error}") from error
            if metres is not None:
                return metres
        raise DeviceError(f"{self._where}: no answer", remedy="check TRIG, ECHO and the 5 V supply")

    def _ping(self, echo: EchoPins) -> float | None:
        """One ping, at least 60 ms after the one before, so that no old echo is taken for a new one."""
        time.sleep(max(0.0, self._pinged_at + _BETWEEN_PINGS_S - time.monotonic()))
        if echo.is_high():
            return self._still_high()
        self._pinged_at = time.monotonic()
        seconds = echo.ping()
        if seconds is None:
            return None
        metres = seconds * self._sound_m_s / 2
        return max(metres, _NEAREST_M) if metres <= _FARTHEST_M else math.inf

    def _still_high(self) -> float:
        if time.monotonic() - self._pinged_at < _LONGEST_PULSE_S:
            return math.inf
        raise DeviceError(f"{self._where}: ECHO is stuck high", remedy="check its wiring")


def where(settings: GpioSettings) -> str:
    return f"distance sensor on BCM {settings.trigger_pin} and {settings.echo_pin}"
