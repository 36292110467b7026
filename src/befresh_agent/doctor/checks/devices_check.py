"""Bluetooth adapters and the camera. What a session may be using is not opened."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path

from befresh_agent.adapters.camera.camera_process import CameraProcess
from befresh_agent.adapters.camera.picamera2 import DOES_NOT_LOAD
from befresh_agent.doctor.check import (
    CheckResult,
    CheckState,
    ExaminedMachine,
    absent,
    broken,
    failed,
    install,
    lacking,
    ok,
)
from befresh_agent.doctor.in_use import in_use
from befresh_agent.domain.radio_recovery import BluetoothAdapter, choose_adapter
from befresh_agent.errors import DeviceError, cause, error_text
from befresh_agent.runtime.remedies import missing
from befresh_agent.runtime.subprocesses import run_python
from befresh_agent.runtime.threads import in_daemon_thread

_BLUETOOTH = "bluetooth"

_START = "sudo systemctl enable --now bluetooth"


async def bluetooth(patient: ExaminedMachine) -> list[CheckResult]:
    if (plain := await in_daemon_thread(lambda: _by_the_kernel(patient))) is not None:
        return [plain]
    try:
        bus = await in_daemon_thread(lambda: import_module("befresh_agent.adapters.bluetooth.bluez_bus"))
    except ImportError as error:
        return [lacking(_BLUETOOTH, missing(error, "ble"))]
    try:
        found: list[BluetoothAdapter] = await bus.adapters()
    except Exception as error:  # noqa: BLE001  # dbus-fast and BlueZ fail in many types
        return [broken(_BLUETOOTH, f"BlueZ does not answer ({error_text(error)})", _START)]
    wanted = patient.settings.containers.adapters
    return [_adapter(one, [other for other in wanted if other != one], found) for one in wanted]


def _by_the_kernel(patient: ExaminedMachine) -> CheckResult | None:
    if not patient.is_pi and not any(patient.root.glob("sys/class/bluetooth/hci*")):
        return absent(_BLUETOOTH, "this machine has no adapter")
    return broken(_BLUETOOTH, "it is blocked", "sudo rfkill unblock bluetooth") if _is_blocked(patient) else None


def _is_blocked(patient: ExaminedMachine) -> bool:
    for switch in patient.root.glob("sys/class/rfkill/rfkill*"):
        where = str(switch.relative_to(patient.root))
        if patient.read(f"{where}/type") == "bluetooth" and patient.read(f"{where}/soft") == "1":
            return True
    return False


def _adapter(wanted: str, others: list[str], found: list[BluetoothAdapter]) -> CheckResult:
    name, adapter = f"{_BLUETOOTH} {wanted}", choose_adapter(wanted, found, others)
    if adapter is None:
        there = ", ".join(f"{one.name} ({one.address})" for one in found) or "none"
        return broken(name, f"BlueZ does not know it (there is: {there})", "set containers.adapters, or restart the Pi")
    if adapter.blocked:
        return broken(name, "it is blocked", "sudo rfkill unblock bluetooth")
    if not adapter.powered:
        return broken(name, "it is switched off", f"bluetoothctl select {adapter.address}; bluetoothctl power on")
    return ok(name, "switched on" if adapter.answers_to(wanted) else f"not there; {adapter.name} is taken instead")


_CAMERA = "camera"

_LIST = "from picamera2 import Picamera2; print('\\n'.join(one['Model'] for one in Picamera2.global_camera_info()))"


async def camera(patient: ExaminedMachine) -> list[CheckResult]:
    source = patient.settings.camera.source
    if source == "picamera2":
        return [await _opened(patient, await _picamera(patient))]
    if source.startswith("/dev/"):
        return [await _opened(patient, await in_daemon_thread(lambda: _device(Path(source))))]
    return [await in_daemon_thread(lambda: _pictures(Path(source)))]


async def _opened(patient: ExaminedMachine, seen: CheckResult) -> CheckResult:
    """What seems to be there shows a picture, or it does not work."""
    if seen.state is not CheckState.OK or await in_use(patient):
        return seen
    wanted = patient.settings.camera
    try:
        async with CameraProcess(wanted.source, width=wanted.width, height=wanted.height) as opened:
            frame = await opened.frame()
    except DeviceError as error:
        return lacking(_CAMERA, error)
    return ok(_CAMERA, f"{seen.detail}; a picture of {frame.width} x {frame.height}")


async def _picamera(patient: ExaminedMachine) -> CheckResult:
    if not patient.is_pi:
        return absent(_CAMERA, "the Raspberry Pi's camera is not expected here")
    answer = await run_python(_LIST)
    if not answer.good:
        absent_here = not answer.trouble or "No module named" in answer.trouble
        remedy = await install("python3-picamera2") if absent_here else DOES_NOT_LOAD
        return failed(_CAMERA, replace(answer, trouble=f"picamera2: {answer.trouble}"), remedy)
    cameras = answer.out.splitlines()
    if not cameras:
        return broken(_CAMERA, "none is connected", "check both ends of its cable with the power off, then restart")
    return ok(_CAMERA, ", ".join(cameras))


def _pictures(place: Path) -> CheckResult:
    if place.exists():
        return ok(_CAMERA, f"pictures from {place}")
    return broken(_CAMERA, f"{place} does not exist", "set camera.source to picamera2, /dev/videoN or pictures")


def _device(device: Path) -> CheckResult:
    try:
        with device.open("rb"):
            return ok(_CAMERA, str(device))
    except FileNotFoundError:
        return broken(_CAMERA, f"{device} does not exist", "plug it in; `v4l2-ctl --list-devices` shows what is there")
    except PermissionError:
        return broken(_CAMERA, f"{device} is closed to this user", "sudo usermod -aG video $USER, then log in again")
    except OSError as error:  # busy is no trouble: somebody is using a camera that works
        return ok(_CAMERA, f"{device} ({cause(error)})")
