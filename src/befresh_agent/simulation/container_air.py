"""What goes on in a container: food that ferments or spoils over days, in a fridge that cools in cycles.

Times are seconds since the start of the simulated world. The curves are plausible, not measured.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from befresh_agent.domain.quantities import Measurement, Quantity, check, measurement

_DAY = 86_400.0
_COOLING_CYCLE_S = 45 * 60.0
_DOOR_BLOCK_S = 40 * 60.0
_DOOR_COOLS_S = 9 * 60.0


@dataclass(frozen=True, slots=True)
class FoodCurve:
    """How the air over a food changes from fresh to gone; `days` to the middle of the way."""

    days: float
    humidity: float
    co2: tuple[float, float]
    gas: tuple[float, float]
    nh3: tuple[float, float]


FOODS: Mapping[str, FoodCurve] = {
    "kimchi": FoodCurve(days=12, humidity=88, co2=(1400, 9000), gas=(96_000, 14_000), nh3=(18, 260)),
    "fish": FoodCurve(days=2.5, humidity=90, co2=(600, 3800), gas=(118_000, 9_000), nh3=(12, 900)),
    "meat": FoodCurve(days=4, humidity=84, co2=(580, 3200), gas=(121_000, 15_000), nh3=(8, 520)),
    "strawberries": FoodCurve(days=5, humidity=93, co2=(900, 5200), gas=(104_000, 31_000), nh3=(0, 40)),
    "rice": FoodCurve(days=6, humidity=78, co2=(520, 1900), gas=(131_000, 52_000), nh3=(0, 25)),
}
_ANY = FoodCurve(days=7, humidity=70, co2=(520, 1600), gas=(125_000, 60_000), nh3=(0, 60))


class FridgeClimate:
    """The air all containers stand in."""

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def temperature(self, at: float) -> float:
        """Degrees: the compressor's cycle, and warm air each time somebody opens the door."""
        cycle = 0.7 * math.sin(2 * math.pi * at / _COOLING_CYCLE_S)
        return 4.0 + cycle + 3.2 * self._door(at)

    def _door(self, at: float) -> float:
        """How much of the last opening of the door is left, 0 to 1."""
        block = int(at // _DOOR_BLOCK_S)
        left = 0.0
        for number in (block - 1, block):
            chance = Random(f"{self._seed}/{number}")
            opened = (number + chance.random()) * _DOOR_BLOCK_S
            if chance.random() < 0.4 and opened <= at:
                left = max(left, math.exp(-(at - opened) / _DOOR_COOLS_S))
        return left


class SimulatedContent:
    """One container's sensors."""

    def __init__(self, food: str, fridge: FridgeClimate, seed: int) -> None:
        self._food = FOODS.get(food, _ANY)
        self._fridge = fridge
        self._chance = Random(f"{seed}/{food}")
        self._began = self._chance.uniform(0, 0.5) * self._food.days * _DAY
        self._offset = self._chance.uniform(-0.3, 0.3)

    def measure(self, at: float) -> Measurement:
        temperature = self._fridge.temperature(at) + self._offset
        gone = 1 / (1 + math.exp(-4 * ((self._began + at) / (self._food.days * _DAY) - 1)))
        noise = self._chance.gauss
        raw = {
            Quantity.TEMPERATURE: temperature + noise(0, 0.05),
            Quantity.HUMIDITY: min(99.0, self._food.humidity - 1.5 * (temperature - 4) + noise(0, 0.8)),
            Quantity.PRESSURE: 1010 + 4 * math.sin(at / (2.3 * _DAY)) + noise(0, 0.08),
            Quantity.CO2: _between(self._food.co2, gone) * noise(1, 0.015),
            Quantity.GAS: _between(self._food.gas, gone) * noise(1, 0.02) * 0.985 ** (temperature - 4),
            Quantity.NH3: max(0.0, _between(self._food.nh3, gone) + noise(0, 1.5)),
        }
        for quantity in Quantity:
            raw.setdefault(quantity, _between(_range(quantity), gone))
        checked = {quantity: check(quantity, value) for quantity, value in raw.items()}
        return measurement({quantity: value for quantity, value in checked.items() if not isinstance(value, str)})


def _range(quantity: Quantity) -> tuple[float, float]:
    """What is not described above rises from a hundredth of the sensor's range to a tenth."""
    low, high = quantity.traits.low, quantity.traits.high
    return low + 0.01 * (high - low), low + 0.1 * (high - low)


def _between(ends: tuple[float, float], share: float) -> float:
    return ends[0] + (ends[1] - ends[0]) * share
