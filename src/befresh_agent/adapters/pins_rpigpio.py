"""The Raspberry Pi's pins: gpiozero's RPi.GPIO factory, which rpi-lgpio supplies on current kernels."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.errors import DeviceError

if TYPE_CHECKING:
    from gpiozero.pins import Factory


class RpiPins:
    """Opens the pin factory when the first device asks for it; all devices share it."""

    def __init__(self, runtime_dir: Path) -> None:
        self._runtime_dir = runtime_dir
        self._factory: Factory | None = None

    def __call__(self) -> "Factory":
        """The one factory. Raises `DeviceError`; imports slowly the first time, so call it off the loop."""
        if self._factory is None:
            # lgpio puts its notification pipes there, and fails to import where it cannot.
            os.environ.setdefault("LG_WD", str(self._runtime_dir))
            try:
                from gpiozero.pins.rpigpio import RPiGPIOFactory

                self._factory = RPiGPIOFactory()
            except ImportError as error:
                raise DeviceError(f"no pin library: {error}", remedy="install gpiozero and rpi-lgpio") from error
            except (RuntimeError, OSError) as error:
                raise DeviceError(f"no pins: {error}", remedy="run on a Raspberry Pi, or with --dry-run") from error
        return self._factory

    def close(self) -> None:
        if self._factory is not None:
            self._factory.close()
            self._factory = None
