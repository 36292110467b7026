"""The Bluetooth adapters of the settings, by BlueZ."""

from importlib import import_module

from befresh_agent.doctor.aside import aside
from befresh_agent.doctor.check import Check, absent, broken, ok
from befresh_agent.doctor.patient import Patient
from befresh_agent.errors import said

_NAME = "bluetooth"
_START = "sudo systemctl enable --now bluetooth"


async def bluetooth(patient: Patient) -> list[Check]:
    if (plain := await aside(lambda: _by_the_kernel(patient))) is not None:
        return [plain]
    try:
        bus = await aside(lambda: import_module("befresh_agent.adapters.bluez_bus"))
    except ImportError as error:
        return [broken(_NAME, str(error), "pip install 'befresh-agent[ble]'")]
    try:
        found: dict[str, bool] = await bus.adapters()
    except Exception as error:  # noqa: BLE001  # dbus-fast and BlueZ fail in many types
        return [broken(_NAME, f"BlueZ does not answer ({said(error)})", _START)]
    return [_adapter(name, found) for name in patient.settings.containers.adapters]


def _by_the_kernel(patient: Patient) -> Check | None:
    if not patient.is_pi and not any(patient.root.glob("sys/class/bluetooth/hci*")):
        return absent(_NAME, "this machine has no adapter")
    return broken(_NAME, "it is blocked", "sudo rfkill unblock bluetooth") if _is_blocked(patient) else None


def _is_blocked(patient: Patient) -> bool:
    for switch in patient.root.glob("sys/class/rfkill/rfkill*"):
        where = str(switch.relative_to(patient.root))
        if patient.read(f"{where}/type") == "bluetooth" and patient.read(f"{where}/soft") == "1":
            return True
    return False


def _adapter(adapter: str, found: dict[str, bool]) -> Check:
    name = f"{_NAME} {adapter}"
    if adapter not in found:
        there = ", ".join(found) or "none"
        return broken(name, f"BlueZ does not know it (there is: {there})", "set containers.adapters, or restart the Pi")
    if not found[adapter]:
        return broken(name, "it is switched off", f"bluetoothctl select {adapter}; bluetoothctl power on")
    return ok(name, "switched on")
