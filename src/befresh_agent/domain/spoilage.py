"""Published relative rates of spoilage: how much faster food uses up its days at another temperature than at 5 °C.

In: a food's name, and what a person chose for it. Out: the model it goes by, with where that comes from; None where no
published model is known to be for it: then nothing is said of its days.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from befresh_agent.errors import InvalidValue

REFERENCE_C = 5.0
"""At this temperature a day uses a day."""


@dataclass(frozen=True, slots=True)
class SpoilageModel:
    """A published model, and where it was found to hold: `low_c` to `high_c` degrees Celsius."""

    name: str
    low_c: float
    high_c: float
    citation: str
    validation: str
    slope: float | None = None
    """Of ln(rate) over the temperature: the exponential model."""
    tmin_c: float | None = None
    """Where the rate is nought: the square-root model."""
    accuracy: float | None = None
    """Factor by which its predictions were off on average, where that was published."""
    foods: tuple[str, ...] = ()
    """Names of foods that it is for, without spaces."""

    def rate(self, celsius: float) -> float:
        """Days at 5 °C that a day at this temperature is worth."""
        return self.mean_rate(celsius, celsius)

    def mean_rate(self, first: float, last: float) -> float:
        """The same over an even change from the first temperature to the last."""
        if self.slope is not None:
            half = self.slope * (last - first) / 2
            spread = math.sinh(half) / half if abs(half) > 1e-6 else 1 + half * half / 6
            return math.exp(self.slope * ((first + last) / 2 - REFERENCE_C)) * spread
        tmin = self.tmin_c or 0.0
        a, b = first - tmin, last - tmin
        return (a * a + a * b + b * b) / 3 / (REFERENCE_C - tmin) ** 2


MODELS: Mapping[str, SpoilageModel] = {
    model.name: model
    for model in (
        SpoilageModel(
            "smoked-salmon",
            0,
            25,
            "Dalgaard, Murillo, Jørgensen 2004, in: Seafood Quality and Safety, ch. 22, 281-302: ln RRS = 0.089 T",
            "vacuum-packed cold-smoked salmon, constant and changing 5-15 °C: bias 0.87, accuracy 1.40",
            slope=0.089,
            accuracy=1.40,
            foods=("훈제연어", "훈제 연어", "smoked salmon", "cold-smoked salmon"),
        ),
        SpoilageModel(
            "cooked-shrimp",
            0,
            25,
            "Dalgaard, Jørgensen 2000, Int. J. Food Sci. Technol. 35, 431-442: ln RRS = 0.15 T",
            "cooked and brined shrimps in modified atmosphere at 8 and 25 °C (Dalgaard et al. 2003)",
            slope=0.15,
            foods=("자숙새우", "칵테일새우", "데친새우", "cooked shrimp", "cooked shrimps", "cocktail shrimp"),
        ),
        SpoilageModel(
            "fresh-fish",
            0,
            15,
            "Ratkowsky et al. 1982, J. Bacteriol. 149, 1-5; Dalgaard 2002, in: Safety and Quality Issues in Fish"
            " Processing, 191-219: square root of RRS = 1 + 0.1 T",
            "fresh fish from temperate waters; times at changing temperatures add up (Charm 1972, McMeekin 1988)",
            tmin_c=-10.0,
            foods=("생선", "고등어", "대구", "갈치", "광어", "청어", "fish", "mackerel", "cod", "haddock", "herring"),
        ),
    )
}


@dataclass(frozen=True, slots=True)
class FoodSpoilage:
    """Which model a food goes by, and for how many days it keeps at 5 °C where somebody knows."""

    model: SpoilageModel
    days: float | None = None


def parse_spoilage(choices: Mapping[str, str]) -> Mapping[str, FoodSpoilage | None]:
    """What a person set by the food's name: `MODEL`, `MODEL DAYS` or `none`. Raises `InvalidValue`."""
    return {_key(food): _chosen(text) for food, text in choices.items()}


def _chosen(text: str) -> FoodSpoilage | None:
    name, _, days = text.strip().partition(" ")
    if name == "none" and not days:
        return None
    try:
        found = FoodSpoilage(MODELS[name], float(days) if days else None)
        if found.days is None or 0 < found.days <= 366:
            return found
    except (KeyError, ValueError):
        pass
    raise InvalidValue(f"{text[:40]!r} is not one of {', '.join(MODELS)}, with days at 5 °C behind it or not, or none")


_BY_FOOD = {food.replace(" ", "").casefold(): FoodSpoilage(model) for model in MODELS.values() for food in model.foods}


def spoilage_of(food: str | None, chosen: Mapping[str, FoodSpoilage | None]) -> FoodSpoilage | None:
    """The model for a food of exactly this name, a person's choice first; None: nothing can be said."""
    key = _key(food or "")
    return chosen[key] if key in chosen else _BY_FOOD.get(key)


def _key(food: str) -> str:
    return "".join(food.split()).casefold()
