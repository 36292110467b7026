"""Button and distance sensor on the kernel's GPIO lines, with the kernel's own time stamps.

In: edges that the kernel saw, debounced there. Out: edges on the loop, pulses in seconds. Nothing runs between two
presses (lgpio, below RPi.GPIO, looks at a watched pin two thousand times a second), and a pulse is timed by interrupts,
so it matters little how busy the machine is. Kernels number the chips at will (on a Pi 5 the header's was 4, then 0,
then 11), so the header's chip is known by its label.
"""

import asyncio
import fcntl
import math
import os
import struct
import time
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from befresh_agent.adapters.gpio.hc_sr04 import TIMEOUT_S, TRIGGER_S, where
from befresh_agent.errors import DeviceError, error_text
from befresh_agent.ports.devices import ButtonEdge
from befresh_agent.settings.device_sections import GpioSettings

if TYPE_CHECKING:
    from gpiod import LineRequest

LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")
"""What the kernel calls the header's chip on a Pi 5, a Pi 4 and the ones before."""

DEVICES = Path("/dev")

CONSUMER = "befresh-agent"
"""Under this name the agent has its lines."""

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
        raise DeviceError(f"no pins: {error_text(error)}", remedy="restart the Raspberry Pi") from error


def labels(devices: Path = DEVICES) -> dict[int, str]:
    """The label of every chip by its number. Raises `PermissionError` when this user may not ask."""
    return {int(path.name.removeprefix("gpiochip")): _label(path) for path in devices.glob("gpiochip[0-9]*")}


def _label(device: Path) -> str:
    with device.open("rb") as chip:
        info = fcntl.ioctl(chip, _GET_INFO, bytes(_INFO.size))
    return bytes(_INFO.unpack(info)[1]).partition(b"\0")[0].decode(errors="replace")


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
        return gpiod.request_lines(str(devices / f"gpiochip{number}"), lines, consumer=CONSUMER)
    except (OSError, ValueError) as error:
        raise DeviceError(f"{what}: {error_text(error)}", remedy=remedy) from error


def holder(pin: int, devices: Path = DEVICES) -> str:
    """Who has this line: the name that the program gave, empty where nobody has. Raises `DeviceError`, `OSError`."""
    import gpiod

    number = chosen_chip(devices)
    if number is None:
        return ""
    with gpiod.Chip(str(devices / f"gpiochip{number}")) as chip:
        line = chip.get_line_info(pin)
        return (line.consumer or "another program") if line.used else ""


class LineButton:
    """Its times are those of the kernel's monotonic clock, as `time.monotonic` shows it."""

    def __init__(self, settings: GpioSettings, devices: Path = DEVICES) -> None:
        self._settings = settings
        self._devices = devices
        self._where = f"button on BCM {settings.button_pin}"
        self._edges: asyncio.Queue[ButtonEdge | DeviceError] = asyncio.Queue()
        self._line: LineRequest | None = None

    async def __aenter__(self) -> Self:
        self._edges = asyncio.Queue()
        self._line = line = await asyncio.to_thread(self._open)
        asyncio.get_running_loop().add_reader(line.fd, self._read, line)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        if self._line is not None:
            asyncio.get_running_loop().remove_reader(self._line.fd)
            self._line.release()
            self._line = None

    async def edges(self) -> AsyncIterator[ButtonEdge]:
        """Every debounced edge, for ever. Raises `DeviceError` when the chip is gone."""
        while True:
            edge = await self._edges.get()
            if isinstance(edge, DeviceError):
                raise edge
            yield edge

    def _open(self) -> "LineRequest":
        from gpiod import LineSettings, line

        settings = LineSettings(
            edge_detection=line.Edge.BOTH,
            bias=line.Bias.PULL_DOWN,
            debounce_period=timedelta(seconds=self._settings.bounce_s),
        )
        return request({self._settings.button_pin: settings}, self._where, "check gpio.button_pin", self._devices)

    def _read(self, line: "LineRequest") -> None:
        try:
            events = line.read_edge_events()
        except OSError as error:
            asyncio.get_running_loop().remove_reader(line.fd)
            self._edges.put_nowait(DeviceError(f"{self._where}: {error_text(error)}"))
            return
        for event in events:
            down = event.event_type is event.Type.RISING_EDGE
            self._edges.put_nowait(ButtonEdge(down, event.timestamp_ns / 1e9))


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
            self._lines.read_edge_events()  # of an earlier echo
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


class LineLamp:
    """Off while nobody has it."""

    def __init__(self, pin: int, devices: Path = DEVICES) -> None:
        self._pin = pin
        self._devices = devices
        self._line: LineRequest | None = None

    async def __aenter__(self) -> Self:
        self._line = await asyncio.to_thread(self._open)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        line, self._line = self._line, None
        if line is not None:
            line.release()

    def switch(self, on: bool) -> None:
        from gpiod.line import Value

        if self._line is None:
            raise DeviceError("the status light is not open")
        try:
            self._line.set_value(self._pin, Value.ACTIVE if on else Value.INACTIVE)
        except OSError as error:
            raise DeviceError(f"status light on BCM {self._pin}: {error_text(error)}") from error

    def _open(self) -> "LineRequest":
        from gpiod import LineSettings
        from gpiod.line import Direction, Value

        settings = LineSettings(direction=Direction.OUTPUT, output_value=Value.INACTIVE)
        where = f"status light on BCM {self._pin}"
        return request({self._pin: settings}, where, "check gpio.led_pin", self._devices)
