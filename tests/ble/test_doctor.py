"""What the doctor says of Bluetooth, asking a real bus with a played bluetoothd on it."""

from pathlib import Path

from befresh_agent.doctor.check import CheckState, ExaminedMachine
from befresh_agent.doctor.checks.devices_check import bluetooth
from befresh_agent.settings.model import Settings
from tests.machines import PI, machine

from .bluez import Bluez
from .bus import PrivateBus


def patient(folder: Path, adapter: str = "hci0", **files: str) -> ExaminedMachine:
    settings = Settings.model_validate({"containers": {"adapters": [adapter]}})
    return ExaminedMachine(
        settings, machine(folder, PI | {name.replace("__", "/"): text for name, text in files.items()})
    )


async def test_an_adapter_that_is_on(tmp_path: Path, bluez: Bluez) -> None:
    (check,) = await bluetooth(patient(tmp_path))
    assert (check.state, check.detail) == (CheckState.OK, "switched on")


async def test_an_adapter_that_is_off(tmp_path: Path, bluez: Bluez) -> None:
    bluez.powered("hci0", on=False)
    (check,) = await bluetooth(patient(tmp_path))
    assert (check.state, "power on" in check.remedy) == (CheckState.BROKEN, True)


async def test_an_adapter_that_is_not_there(tmp_path: Path, bluez: Bluez) -> None:
    (check,) = await bluetooth(patient(tmp_path, "AA:BB:CC:00:00:01"))
    assert (check.state, "hci0 (DC:A6:32:00:00:01)" in check.detail) == (CheckState.BROKEN, True)


async def test_an_adapter_that_has_another_number(tmp_path: Path, bluez: Bluez) -> None:
    (check,) = await bluetooth(patient(tmp_path, "hci7"))
    assert (check.state, "hci0 is taken instead" in check.detail) == (CheckState.OK, True)


async def test_an_adapter_that_is_blocked(tmp_path: Path, bluez: Bluez) -> None:
    bluez.powered("hci0", on=False)
    bluez.blocked("hci0")
    (check,) = await bluetooth(patient(tmp_path))
    assert (check.state, "rfkill" in check.remedy) == (CheckState.BROKEN, True)


async def test_no_bluetoothd(tmp_path: Path, bus: PrivateBus) -> None:
    (check,) = await bluetooth(patient(tmp_path))
    assert (check.state, "bluetooth" in check.remedy) == (CheckState.BROKEN, True)


async def test_a_blocked_radio(tmp_path: Path, bluez: Bluez) -> None:
    switch = {"sys__class__rfkill__rfkill0__type": "bluetooth\n", "sys__class__rfkill__rfkill0__soft": "1\n"}
    (check,) = await bluetooth(patient(tmp_path, **switch))
    assert check.remedy == "sudo rfkill unblock bluetooth"
