"""The button through gpiozero: the real adapter on simulated pins, driven from the loop and from another thread."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from befresh_agent.adapters.gpio.gpiozero_devices import GpioButton, RpiPins
from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import Button, ButtonEdge
from befresh_agent.settings.device_sections import GpioSettings
from befresh_agent.simulation.simulated_pins import SimulatedPins, simulated_pins

SETTINGS = GpioSettings()


def here(act: Callable[[], None]) -> None:
    act()


def in_a_thread(act: Callable[[], None]) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


@contextmanager
def pins() -> Iterator[SimulatedPins]:
    made = simulated_pins(SETTINGS, lambda: 1.0, seed=1)
    yield made
    made.factory.close()


async def take(button: Button, count: int) -> list[ButtonEdge]:
    edges = button.edges()
    async with asyncio.timeout(60):
        return [await anext(edges) for _ in range(count)]


@pytest.mark.parametrize("do", [here, in_a_thread])
async def test_edges_arrive_in_order_with_times(do: Callable[[Callable[[], None]], None]) -> None:
    clock = SystemClock()
    with pins() as made:
        async with GpioButton(made, SETTINGS, clock) as button:
            before = clock.monotonic()
            for _ in range(2):
                do(made.finger.press)
                do(made.finger.release)
            edges = await take(button, 4)
    assert [edge.down for edge in edges] == [True, False, True, False]
    assert before <= edges[0].at <= edges[1].at <= edges[2].at <= edges[3].at <= clock.monotonic()


async def test_it_can_be_opened_again_and_forgets_what_it_missed() -> None:
    with pins() as made:
        button = GpioButton(made, SETTINGS, SystemClock())
        async with button:
            made.finger.press()
        made.finger.release()
        async with button:
            made.finger.press()
            assert [edge.down for edge in await take(button, 1)] == [True]


async def test_two_on_one_pin_is_a_device_error_that_names_the_pin() -> None:
    with pins() as made:
        async with GpioButton(made, SETTINGS, SystemClock()):
            with pytest.raises(DeviceError, match="BCM 15"):
                await GpioButton(made, SETTINGS, SystemClock()).__aenter__()


async def test_without_a_raspberry_pi_it_is_missing_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as caught:
        await GpioButton(RpiPins(tmp_path), SETTINGS, SystemClock()).__aenter__()
    assert caught.value.remedy


def test_looking_for_pins_leaves_the_process_in_its_folder(tmp_path: Path) -> None:
    look = f"""
import os
from pathlib import Path
from befresh_agent.adapters.gpio.gpiozero_devices import RpiPins
before = os.getcwd()
try:
    RpiPins(Path({str(tmp_path)!r}))()
except Exception as error:
    print(error)
assert os.getcwd() == before, os.getcwd()
"""
    subprocess.run([sys.executable, "-c", look], check=True, timeout=60)
