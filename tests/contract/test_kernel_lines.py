"""Button and distance sensor on the kernel's own lines: the real library, and lines of a chip that is not there."""

import asyncio
import math
import time
from datetime import timedelta
from pathlib import Path

import gpiod
import pytest
from gpiod.line import Bias, Edge

from befresh_agent.adapters.gpio import gpiod_devices
from befresh_agent.adapters.gpio.gpiod_devices import CHOICE, LineButton, TimedEcho
from befresh_agent.adapters.gpio.gpiozero_devices import GpioButton
from befresh_agent.adapters.gpio.hc_sr04 import UltrasonicSensor, sound_m_s
from befresh_agent.assembly.hardware import real_hardware
from befresh_agent.errors import DeviceError
from befresh_agent.settings.device_sections import GpioSettings
from befresh_agent.settings.model import Settings

from .kernel_lines import Lines, kernel

SETTINGS = GpioSettings()


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Lines]:
    """Every request for lines of chip 11."""
    made: list[Lines] = []
    monkeypatch.setenv(CHOICE, "11")
    monkeypatch.setattr(gpiod, "request_lines", kernel(made))
    return made


async def test_the_buttons_edges_have_the_kernels_times(made: list[Lines]) -> None:
    async with LineButton(SETTINGS) as button, asyncio.timeout(60):
        (lines,) = made
        edges = button.edges()
        for down in (True, False, True):
            lines.edge(down, at_ns := time.monotonic_ns())
            edge = await anext(edges)
            assert (edge.down, edge.at) == (down, at_ns / 1e9)
    assert lines.settings == {}


async def test_the_kernel_pulls_the_button_down_and_debounces_it(made: list[Lines]) -> None:
    async with LineButton(SETTINGS.model_copy(update={"bounce_s": 0.03})):
        (settings,) = made[0].settings.values()
        assert (settings.bias, settings.edge_detection) == (Bias.PULL_DOWN, Edge.BOTH)
        assert settings.debounce_period == timedelta(milliseconds=30)


async def test_a_chip_that_goes_away_is_a_device_error(made: list[Lines]) -> None:
    async with LineButton(SETTINGS) as button, asyncio.timeout(60):
        made[0].gone = True
        made[0].edge(True)
        with pytest.raises(DeviceError, match=r"BCM 15: the device is not there"):
            await anext(button.edges())


async def test_it_can_be_opened_again_but_not_twice(made: list[Lines]) -> None:
    for _ in range(2):
        async with LineButton(SETTINGS):
            with pytest.raises(DeviceError, match="BCM 15: another program has it"):
                await LineButton(SETTINGS).__aenter__()


@pytest.mark.parametrize("metres", [0.02, 0.1, 0.45, 0.55, 2.5, 3.99])
async def test_the_distance_is_the_echos_by_the_kernels_times(
    metres: float, made: list[Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    echo_ns = round(2e9 * metres / sound_m_s(SETTINGS.air_c))
    monkeypatch.setattr(gpiod, "request_lines", kernel(made, lambda: echo_ns))
    async with UltrasonicSensor(lambda: TimedEcho(SETTINGS), SETTINGS) as sensor:
        made[0].edge(False)  # of an earlier echo
        assert await sensor.measure() == pytest.approx(metres, abs=1e-6)
        assert await sensor.measure() == pytest.approx(metres, abs=1e-6)


@pytest.mark.parametrize("echo_ns", [40_000_000, 200_000_000])
async def test_an_echo_that_does_not_end_in_time_is_from_nothing_in_reach(
    echo_ns: int, made: list[Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpiod, "request_lines", kernel(made, lambda: echo_ns))
    async with UltrasonicSensor(lambda: TimedEcho(SETTINGS), SETTINGS) as sensor:
        assert await sensor.measure() == math.inf


async def test_a_silent_or_stuck_sensor_is_an_error_and_can_come_back(
    made: list[Lines], monkeypatch: pytest.MonkeyPatch
) -> None:
    echo_ns: int | None = None
    monkeypatch.setattr(gpiod, "request_lines", kernel(made, lambda: echo_ns))
    async with UltrasonicSensor(lambda: TimedEcho(SETTINGS), SETTINGS) as sensor:
        with pytest.raises(DeviceError, match="no answer"):
            await sensor.measure()
        echo_ns = -1
        await asyncio.sleep(0.3)
        with pytest.raises(DeviceError, match="stuck"):
            await sensor.measure()
        echo_ns = 5_000_000
        assert 0.8 < await sensor.measure() < 0.9
        made[0].gone = True
        with pytest.raises(DeviceError, match=r"BCM 23 and 24: .*No such device"):
            await sensor.measure()


@pytest.mark.parametrize(
    ("there", "button", "why"), [(True, LineButton, "no chip"), (False, GpioButton, "Raspberry Pi!|no pin library")]
)
async def test_gpiozero_is_the_second_way(
    there: bool, button: type[object], why: str, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setattr(gpiod_devices, "is_there", lambda: there)
    hardware = real_hardware(Settings())
    assert isinstance(hardware.button, button)
    with pytest.raises(DeviceError, match=why):
        await hardware.distance.__aenter__()


async def test_without_a_raspberry_pi_they_are_missing_with_a_remedy(tmp_path: Path) -> None:
    for device in (LineButton(SETTINGS, tmp_path), UltrasonicSensor(lambda: TimedEcho(SETTINGS, tmp_path), SETTINGS)):
        with pytest.raises(DeviceError, match="no pins") as caught:
            await device.__aenter__()
        assert caught.value.remedy


async def test_something_that_is_no_chip_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(CHOICE, "0")
    (tmp_path / "gpiochip0").write_bytes(b"")
    with pytest.raises(DeviceError, match="BCM 15"):
        await LineButton(SETTINGS, tmp_path).__aenter__()
