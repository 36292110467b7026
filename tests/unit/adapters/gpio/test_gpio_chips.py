import os
from pathlib import Path

import pytest

from befresh_agent.adapters.gpio.gpiod_devices import header_chip, labels
from befresh_agent.adapters.gpio.gpiozero_devices import RpiPins
from befresh_agent.errors import DeviceError


@pytest.mark.parametrize(
    ("chips", "number"),
    [
        ({0: "pinctrl-bcm2711", 1: "raspberrypi-exp-gpio"}, 0),
        ({0: "pinctrl-bcm2835", 1: "brcmvirt-gpio", 2: "raspberrypi-exp-gpio"}, 0),
        ({0: "gpio-brcmstb@107d508500", 4: "pinctrl-rp1"}, 4),
        ({0: "pinctrl-rp1", 10: "gpio-brcmstb@107d508500"}, 0),
        ({10: "gpio-brcmstb@107d508500", 11: "pinctrl-rp1", 12: "gpio-brcmstb@107d517c00"}, 11),
        ({0: "gpio_ich"}, None),
        ({}, None),
    ],
)
def test_the_headers_chip_is_found_by_its_label(chips: dict[int, str], number: int | None) -> None:
    assert header_chip(chips) == number


def test_no_chips_are_no_error(tmp_path: Path) -> None:
    assert labels(tmp_path) == {}


def test_something_that_is_no_chip_is_an_error_of_the_device(tmp_path: Path) -> None:
    (tmp_path / "gpiochip0").write_bytes(b"")
    with pytest.raises(OSError, match="ioctl"):
        labels(tmp_path)
    with pytest.raises(DeviceError, match="no pins"):
        RpiPins(tmp_path, tmp_path)()


def test_what_somebody_chose_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RPI_LGPIO_CHIP", "7")
    (tmp_path / "gpiochip0").write_bytes(b"")
    with pytest.raises(DeviceError) as caught:
        RpiPins(tmp_path, tmp_path)()
    assert os.environ["RPI_LGPIO_CHIP"] == "7"
    assert caught.value.remedy
