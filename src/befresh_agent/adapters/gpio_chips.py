"""Which /dev/gpiochipN has the header's pins. Kernels number the chips at will: on a Pi 5 it was 4, then 0, then 11."""

import fcntl
import os
import struct
from collections.abc import Mapping
from pathlib import Path

from befresh_agent.errors import DeviceError

LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""What the kernel calls the header's chip on a Pi 5, a Pi 4 and the ones before."""
DEVICES = Path("/dev")
CHOICE = "RPI_LGPIO_CHIP"
"""The variable by which rpi-lgpio is told the number; what somebody has set there counts."""
_INFO = struct.Struct("32s32sI")  # struct gpiochip_info: name, label, number of lines
_GET_INFO = 0x8044B401  # GPIO_GET_CHIPINFO_IOCTL


def header_chip(labels: Mapping[int, str]) -> int | None:
    """The number of the chip that has the header's pins, from all chips' labels; None where there is none."""
    return next((number for label in LABELS for number, found in sorted(labels.items()) if found == label), None)


def chosen_chip(devices: Path = DEVICES) -> int | None:
    """The chip to be used; None where no chip has the header's pins. Raises `DeviceError`."""
    if (chosen := os.environ.get(CHOICE, "")).isdecimal():
        return int(chosen)
    try:
        return header_chip(labels(devices))
    except PermissionError as error:
        remedy = "add this user to the group gpio: sudo usermod -aG gpio $USER, then log in again"
        raise DeviceError(f"no pins: {error.filename} is closed to this user", remedy=remedy) from error
    except OSError as error:
        raise DeviceError(f"no pins: {error}", remedy="restart the Raspberry Pi") from error


def labels(devices: Path = DEVICES) -> dict[int, str]:
    """The label of every chip by its number. Raises `PermissionError` when this user may not ask."""
    return {int(path.name.removeprefix("gpiochip")): _label(path) for path in devices.glob("gpiochip[0-9]*")}


def _label(device: Path) -> str:
    with device.open("rb") as chip:
        info = fcntl.ioctl(chip, _GET_INFO, bytes(_INFO.size))
    return bytes(_INFO.unpack(info)[1]).partition(b"\0")[0].decode(errors="replace")
