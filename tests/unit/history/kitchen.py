"""A simulated kitchen over days: what containers say while food turns, doors open and the fridge fails for a while."""

import math
from collections.abc import Callable, Iterable, Mapping
from random import Random
from statistics import fmean

from befresh_agent.domain.quantities import Measurement, Quantity, shown
from befresh_agent.history.rules.trend import STEP_S, TrendSample
from befresh_agent.simulation.container_air import FOODS, FridgeClimate, SimulatedContent

HOUR = 3600.0
DAY = 24 * HOUR
NH3_AT_LEAST, GAS_AT_LEAST = 40.0, 0.14

Measure = Callable[[float], Measurement]
Spell = tuple[float, float, float]
"""From when, how long (seconds) and by how many degrees the fridge is too warm."""


class FailingFridge(FridgeClimate):
    def __init__(self, seed: int, spells: Iterable[Spell]) -> None:
        super().__init__(seed)
        self._spells = tuple(spells)

    def temperature(self, at: float) -> float:
        return super().temperature(at) + sum(_warmth(at, *spell) for spell in self._spells)


def _warmth(at: float, begin: float, seconds: float, degrees: float) -> float:
    if at < begin:
        return 0.0
    cooling = max(0.0, at - begin - seconds)
    return degrees * (1 - math.exp(-(at - begin) / HOUR)) * math.exp(-cooling / (1.5 * HOUR))


def food(name: str, seed: int) -> Measure:
    """Food put in fresh."""
    content = SimulatedContent(name, FridgeClimate(seed), seed)
    content._began = 0.0
    return content.measure


def inert(
    seed: int,
    spells: Iterable[Spell] = (),
    *,
    per_degree: float = 0.015,
    per_percent: float = 0.0,
    drift_per_day: float = 0.0,
    sticky: float = 0.0,
) -> Measure:
    """Something that never turns, under a sensor of that temper; its noise of 2 % hangs together as `sticky` says."""
    fridge, chance, noise = FailingFridge(seed, spells), Random(seed), 0.0

    def measure(at: float) -> Measurement:
        nonlocal noise
        noise = sticky * noise + chance.gauss(0, 0.02 * math.sqrt(1 - sticky**2))
        warmer = fridge.temperature(at) - 4
        damper = -2 * warmer + chance.gauss(0, 1)
        gas = 100_000 * math.exp(noise - per_degree * warmer - per_percent * damper - drift_per_day * at / DAY)
        nh3 = max(0, round(12 + 60 * per_degree * warmer + chance.gauss(0, 2)))
        return Measurement(round(warmer + 4, 2), round(75 + damper), 1010.0, 540, round(gas), nh3)

    return measure


def samples(measure: Measure, days: float, every_s: float = 600) -> list[TrendSample]:
    """What is measured in so many days, in half hours."""
    halves: dict[float, list[Measurement]] = {}
    for number in range(int(days * DAY / every_s)):
        at = number * every_s
        halves.setdefault(at // STEP_S * STEP_S + STEP_S / 2, []).append(measure(at))
    return [
        TrendSample(at, {quantity: fmean(one.of(quantity) or 0 for one in found) for quantity in shown()})
        for at, found in halves.items()
    ]


def having(sample: TrendSample, means: Mapping[Quantity, float | None], *, later: float = 0.0) -> TrendSample:
    """The same with other values; None where one was never read."""
    values = {**sample.means, **means}
    return TrendSample(sample.at + later, {quantity: value for quantity, value in values.items() if value is not None})


def turned_at(name: str, window_s: float) -> float:
    """When the air over that food has truly changed by as much as counts, against a window before."""
    kind, at = FOODS[name], 0.0

    def air(at: float, ends: tuple[float, float]) -> float:
        gone = 1 / (1 + math.exp(-4 * (at / (kind.days * DAY) - 1)))
        return ends[0] + (ends[1] - ends[0]) * gone

    while True:
        at, before = at + HOUR / 2, max(0.0, at - window_s)
        if air(at, kind.nh3) - air(before, kind.nh3) >= NH3_AT_LEAST:
            return at
        if math.log(air(before, kind.gas) / air(at, kind.gas)) >= GAS_AT_LEAST:
            return at
