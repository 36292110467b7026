"""Simulated pins: the real button and distance adapters run on them, on gpiozero's mock pins with physics behind.

The ECHO pin's level is a function of the time since TRIG fell and of how far away the next thing is; there are no
threads, so what is read depends on nothing but the moment it is read in.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from gpiozero.pins.mock import MockFactory, MockPin

from befresh_agent.settings.device_sections import GpioSettings

_SOUND_M_S = 343.4
_BURST_S = 450e-6
"""Between the end of the trigger and the start of the echo pulse the sensor sends its eight cycles."""
_NO_ECHO_S = 0.038
_NOISE_M = 0.003
_MISSED = 0.02
_REACH_M = 4.0


@dataclass(slots=True)
class SimulatedSonar:
    """The simulated HC-SR04's insides."""

    distance_m: Callable[[], float]
    dice: random.Random
    fault: Callable[[], Literal["", "silent", "stuck"]] = lambda: ""
    _rises_at: float = field(default=0.0, init=False)
    _falls_at: float = field(default=0.0, init=False)

    def trigger(self) -> None:
        """TRIG fell: the echo's pulse is decided now."""
        missed = self.dice.random() < _MISSED
        metres = self.distance_m() + self.dice.gauss(0, _NOISE_M)
        pulse = _NO_ECHO_S if missed or metres > _REACH_M else max(0.0, 2 * metres / _SOUND_M_S)
        self._rises_at = time.monotonic() + _BURST_S
        self._falls_at = self._rises_at + (0.0 if self.fault() == "silent" else pulse)

    def echo(self) -> bool:
        return self.fault() == "stuck" or self._rises_at <= time.monotonic() < self._falls_at


class _TriggerPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    def __init__(self, factory: MockFactory, info: Any, sonar: SimulatedSonar) -> None:
        self._sonar = sonar
        super().__init__(factory, info)

    def _set_state(self, value: int) -> None:
        was = self._state
        super()._set_state(value)
        if was and not value:
            self._sonar.trigger()


class _EchoPin(MockPin):  # type: ignore[misc]  # gpiozero has no types
    def __init__(self, factory: MockFactory, info: Any, sonar: SimulatedSonar) -> None:
        self._sonar = sonar
        super().__init__(factory, info)

    def _get_state(self) -> bool:
        return self._sonar.echo()


class SimulatedFinger:
    """The finger on the simulated button."""

    def __init__(self, pin: MockPin) -> None:
        self._pin = pin

    def press(self) -> None:
        self._pin.drive_high()

    def release(self) -> None:
        self._pin.drive_low()


@dataclass(frozen=True, slots=True)
class SimulatedPins:
    """The factory to hand to the adapters, and the finger that plays with the button."""

    factory: MockFactory
    finger: SimulatedFinger

    def __call__(self) -> MockFactory:
        return self.factory


def simulated_pins(
    settings: GpioSettings,
    distance_m: Callable[[], float],
    seed: int,
    fault: Callable[[], Literal["", "silent", "stuck"]] = lambda: "",
) -> SimulatedPins:
    """Pins with a button and a distance sensor attached.

    `distance_m` is asked at every ping, from the sensor's thread; `fault` says whether the sensor does not answer
    ("silent") or its line is "stuck" at the moment.
    """
    factory = MockFactory(revision="c03114")  # a Raspberry Pi 4, whatever the environment says
    sonar = SimulatedSonar(distance_m, random.Random(seed), fault)
    factory.pin(settings.trigger_pin, pin_class=_TriggerPin, sonar=sonar)
    factory.pin(settings.echo_pin, pin_class=_EchoPin, sonar=sonar)
    return SimulatedPins(factory, SimulatedFinger(factory.pin(settings.button_pin, pin_class=MockPin)))
