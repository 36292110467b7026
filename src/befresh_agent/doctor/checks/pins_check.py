"""The header's pins: its chip, the library for it, and the devices on them, which are opened where nobody has them.

In: the settings' pins. Out: a line for the chip, and one for button, distance sensor and status light each.
"""

from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from befresh_agent.adapters.gpio import gpiod_devices
from befresh_agent.adapters.gpio.gpiod_devices import CONSUMER, LineButton, LineLamp, TimedEcho, header_chip, labels
from befresh_agent.adapters.gpio.hc_sr04 import UltrasonicSensor
from befresh_agent.doctor.check import (
    CheckResult,
    CheckState,
    ExaminedMachine,
    absent,
    broken,
    failed,
    lacking,
    ok,
    warning,
)
from befresh_agent.doctor.in_use import in_use
from befresh_agent.errors import DeviceError, error_text
from befresh_agent.runtime.subprocesses import run_python
from befresh_agent.runtime.threads import in_daemon_thread
from befresh_agent.settings.device_sections import GpioSettings

_PINS = "pins"

_IMPORT = """
try:
    import gpiod
except ImportError:
    import os, tempfile
    with tempfile.TemporaryDirectory() as os.environ["LG_WD"]:  # lgpio keeps its pipes there
        import RPi.GPIO
"""


async def pins(patient: ExaminedMachine) -> list[CheckResult]:
    try:
        found = await in_daemon_thread(lambda: labels(patient.root / "dev"))
    except PermissionError:
        remedy = "sudo usermod -aG gpio $USER, then log in again"
        return [broken(_PINS, "the chips are closed to this user", remedy)]
    except OSError as error:
        return [broken(_PINS, error_text(error), "restart the Raspberry Pi")]
    number = header_chip(found)
    if number is not None:
        chip = await _library(f"gpiochip{number}, {found[number]}")
        return [chip, *await _opened(patient)] if chip.state is CheckState.OK else [chip]
    if not patient.is_pi:
        return [absent(_PINS, "the header of a Raspberry Pi is not expected here")]
    there = ", ".join(sorted(set(found.values()))) or "none"
    return [broken(_PINS, f"no chip has the header's pins (there is: {there})", "sudo apt full-upgrade, then restart")]


async def _library(chip: str) -> CheckResult:
    answer = await run_python(_IMPORT)
    if not answer.good:
        remedy = "run scripts/install.sh again: it brings the library for pins"
        return failed(_PINS, answer, remedy)
    return ok(_PINS, chip)


@dataclass(frozen=True, slots=True)
class _PinDevice:
    """What hangs on some pins; entered, it has them for itself."""

    name: str
    pins: tuple[int, ...]
    device: AbstractAsyncContextManager[object]


def _devices(settings: GpioSettings) -> Iterable[_PinDevice]:
    echo = (settings.trigger_pin, settings.echo_pin)
    yield _PinDevice("button", (settings.button_pin,), LineButton(settings))
    yield _PinDevice("distance sensor", echo, UltrasonicSensor(lambda: TimedEcho(settings), settings))
    if settings.led_pin is not None:
        yield _PinDevice("status light", (settings.led_pin,), LineLamp(settings.led_pin))


async def _opened(patient: ExaminedMachine) -> list[CheckResult]:
    """One after the other, where no session is open and the kernel's own library is there."""
    if not gpiod_devices.is_there() or await in_use(patient):
        return []
    return [await _tried(one) for one in _devices(patient.settings.gpio)]


async def _tried(one: _PinDevice) -> CheckResult:
    """Whether it can be had. What the running agent has works."""
    try:
        holders = await in_daemon_thread(lambda: {gpiod_devices.holder(pin) for pin in one.pins} - {""})
    except (OSError, ValueError, DeviceError):
        holders = set()  # opening it says why
    if holders == {CONSUMER}:
        return ok(one.name, "in use by the agent")
    if holders:
        taken = " and ".join(sorted(holders))
        return broken(one.name, f"another program has its pin: {taken}", f"end {taken}, or set another pin in [gpio]")
    try:
        async with one.device as opened:
            return await _answer(one.name, opened)
    except DeviceError as error:
        return lacking(one.name, error)


async def _answer(name: str, opened: object) -> CheckResult:
    """What it says once it is open; only the distance sensor can be asked."""
    if not isinstance(opened, UltrasonicSensor):
        return ok(name, "can be opened")
    try:
        metres = await opened.measure()
    except DeviceError as error:  # without it a session is closed by hand or by the clock
        return warning(name, error.detail, error.remedy or "check its wiring")
    return ok(name, f"something is {metres * 100:.0f} cm away" if metres < 4 else "nothing is near")
