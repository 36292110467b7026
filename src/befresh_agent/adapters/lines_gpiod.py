"""Lines of the header's chip from the kernel, by its own library."""

import errno
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from befresh_agent.adapters.gpio_chips import DEVICES, chosen_chip
from befresh_agent.errors import DeviceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gpiod import LineRequest, LineSettings

    Lines = dict[Iterable[int | str] | int | str, LineSettings | None]
    """By their BCM numbers. The library knows names, too."""


def is_there() -> bool:
    """Whether the library is. It has no wheels for every machine; then gpiozero is used."""
    return find_spec("gpiod") is not None


def request(lines: "Lines", what: str, remedy: str, devices: Path = DEVICES) -> "LineRequest":
    """These lines for this program alone. Raises `DeviceError`: with `remedy`, or a plainer one."""
    import gpiod

    number = chosen_chip(devices)
    if number is None:
        raise DeviceError("no pins: no chip is a Raspberry Pi's", remedy="run on a Raspberry Pi, or with --dry-run")
    try:
        return gpiod.request_lines(str(devices / f"gpiochip{number}"), lines, consumer="befresh-agent")
    except (OSError, ValueError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EBUSY
        raise DeviceError(f"{what}: {'another program has it' if taken else error}", remedy=remedy) from error
