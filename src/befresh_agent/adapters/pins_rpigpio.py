"""The Raspberry Pi's pins: gpiozero's RPi.GPIO factory, which rpi-lgpio supplies on current kernels."""

import os
import sys
from contextlib import chdir
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.adapters.gpio_chips import CHOICE, DEVICES, chosen_chip
from befresh_agent.errors import DeviceError

if TYPE_CHECKING:
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
            raise DeviceError(f"no pins: {error}", remedy="run on a Raspberry Pi, or with --dry-run") from error
        try:
            return RPiGPIOFactory()
        except library_errors() as error:
            raise DeviceError(f"no pins: {error}", remedy="run on a Raspberry Pi, or with --dry-run") from error

    def _point_out_the_chip(self) -> None:
        """rpi-lgpio takes the wrong chip where it does not know the kernel's device tree."""
        if CHOICE not in os.environ and (number := chosen_chip(self._devices)) is not None:
            os.environ[CHOICE] = str(number)
