"""The distance sensor through gpiozero: the real adapter on simulated pins.

The machine may be busy, so single readings may fail.
"""

import asyncio
import math
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

import pytest

from befresh_agent.adapters.gpio.gpiozero_devices import PolledEcho, RpiPins
from befresh_agent.adapters.gpio.hc_sr04 import UltrasonicSensor, sound_m_s
from befresh_agent.errors import DeviceError
from befresh_agent.ports.devices import DistanceSensor
from befresh_agent.settings.device_sections import GpioSettings
from befresh_agent.simulation.simulated_pins import simulated_pins

SETTINGS = GpioSettings()


@dataclass
class Kitchen:
    metres: float = 1.0
    fault: Literal["", "silent", "stuck"] = ""

    def sensor(self, settings: GpioSettings = SETTINGS) -> UltrasonicSensor:
        pins = simulated_pins(SETTINGS, lambda: self.metres, 1, lambda: self.fault)
        return UltrasonicSensor(lambda: PolledEcho(pins(), settings), settings)


async def readings(sensor: DistanceSensor, count: int = 5) -> list[float]:
    """So many readings that worked; a thread that is woken late misses a pulse now and then."""
    taken: list[float] = []
    async with asyncio.timeout(60):
        while len(taken) < count:
            try:
                taken.append(await sensor.measure())
            except DeviceError:
                continue
    return taken


@pytest.mark.parametrize("metres", [0.1, 0.45, 0.55, 1.0, 2.5])
async def test_the_median_of_five_is_the_distance(metres: float) -> None:
    async with Kitchen(metres).sensor() as sensor:
        for _ in range(10):
            if abs(median(await readings(sensor)) - metres) < 0.03:
                return
    pytest.fail("no five readings in a row had the distance as their median")


async def test_nothing_in_reach_is_infinitely_far() -> None:
    async with Kitchen(9.0).sensor() as sensor:
        assert math.inf in await readings(sensor)


async def test_no_reading_leaves_the_range() -> None:
    async with Kitchen(0.001).sensor() as sensor:
        for metres in await readings(sensor, 3):
            assert metres >= 0.02


async def test_a_silent_or_stuck_sensor_is_an_error_and_can_come_back() -> None:
    kitchen = Kitchen(1.0, "silent")
    async with kitchen.sensor() as sensor:
        with pytest.raises(DeviceError, match="no answer"):
            await sensor.measure()
        kitchen.fault = "stuck"
        await asyncio.sleep(0.3)
        with pytest.raises(DeviceError, match="stuck"):
            await sensor.measure()
        kitchen.fault = ""
        assert await readings(sensor, 1)


async def test_the_loop_goes_on_meanwhile() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    async with Kitchen().sensor() as sensor:
        counting = asyncio.create_task(count())
        await readings(sensor, 3)
        counting.cancel()
    assert turns > 50


async def test_switched_off_it_measures_nothing() -> None:
    with pytest.raises(DeviceError, match="switched off"):
        await Kitchen().sensor().measure()


async def test_it_can_be_switched_on_again() -> None:
    sensor = Kitchen().sensor()
    for _ in range(2):
        async with sensor:
            assert await readings(sensor, 1)


async def test_without_a_raspberry_pi_it_is_missing_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(DeviceError) as caught:
        await UltrasonicSensor(lambda: PolledEcho(RpiPins(tmp_path)(), SETTINGS), SETTINGS).__aenter__()
    assert caught.value.remedy


@pytest.mark.parametrize(("air_c", "metres_per_second"), [(-10, 325.2), (0, 331.3), (20, 343.4), (35, 352.5)])
def test_sound_is_slower_in_the_cold(air_c: float, metres_per_second: float) -> None:
    assert sound_m_s(air_c) == pytest.approx(metres_per_second, abs=0.1)


async def test_the_air_before_the_sensor_is_taken_into_account() -> None:
    """The same echo in air of -30 °C comes from a thing nearer by the ratio of the speeds."""
    cold = SETTINGS.model_copy(update={"air_c": -30.0})
    async with Kitchen(2.0).sensor(cold) as sensor:
        for _ in range(10):
            if abs(median(await readings(sensor)) - 2.0 * sound_m_s(-30) / sound_m_s(20)) < 0.03:
                return
    pytest.fail("no five readings in a row had the shorter distance as their median")
