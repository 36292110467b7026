"""How many of its days food has used by the temperatures it stood at.

In: temperatures with their times, a model. Out: days at 5 °C that they are worth, and for how long nothing is known.
Temperature between two readings is taken for a straight line, over which the rate is integrated exactly: parts of a
history add up.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from befresh_agent.domain.reading import TimeSpan
from befresh_agent.domain.spoilage import SpoilageModel

DAY_S = 86_400.0
GAP_S = 3600.0
"""Between two readings further apart than this nothing is known."""
_WARM_C = 7.0
_LEAST_COST = 0.05
"""Days; a warm spell that cost less is not told."""
_MOST_UNKNOWN = 0.1
"""Where more than this share of the time was not measured, or out of the model's range, nothing is said."""


@dataclass(frozen=True, slots=True)
class WarmSpell:
    """A stretch above 7 °C, and the days at 5 °C that it cost beyond its own length."""

    span: TimeSpan
    cost_days: float


@dataclass(frozen=True, slots=True)
class HeatUse:
    """What a history of temperatures has used."""

    within: TimeSpan
    days: float
    """At 5 °C, of the time that was measured and in the model's range."""
    measured_s: float
    outside_s: float
    """Measured, but out of the range in which the model holds."""
    warm: WarmSpell | None = None
    """The dearest spell."""

    @property
    def unmeasured_s(self) -> float:
        return max(0.0, self.within.seconds - self.measured_s - self.outside_s)

    @property
    def believable(self) -> bool:
        """Whether enough is known for a statement."""
        return self.measured_s > 0 and self.measured_s >= (1 - _MOST_UNKNOWN) * self.within.seconds


History = Sequence[tuple[float, float]]
"""Seconds since 1970 and degrees Celsius, in the order of time."""


def heat_use(history: History, model: SpoilageModel, within: TimeSpan, gap_s: float = GAP_S) -> HeatUse:
    """What was used within that time."""
    pieces = list(_pieces(history, within, gap_s))
    inside = [part for piece in pieces for part in _in_range(piece, model)]
    measured = math.fsum(part.seconds for part in inside)
    outside = math.fsum(piece.seconds for piece in pieces) - measured
    days = math.fsum(part.used(model) for part in inside)
    return HeatUse(within, days, measured, max(0.0, outside), _dearest(pieces, model))


@dataclass(frozen=True, slots=True)
class _Piece:
    """Between two readings: an even change of the temperature."""

    begin: float
    end: float
    first: float
    last: float

    @property
    def seconds(self) -> float:
        return self.end - self.begin

    def at(self, time: float) -> float:
        return self.first + (self.last - self.first) * (time - self.begin) / self.seconds

    def used(self, model: SpoilageModel) -> float:
        return self.seconds / DAY_S * model.mean_rate(self.first, self.last)

    def part(self, begin: float, end: float) -> "_Piece":
        return _Piece(begin, end, self.at(begin), self.at(end))


def _pieces(history: History, within: TimeSpan, gap_s: float) -> Iterator[_Piece]:
    for (begin, first), (end, last) in pairwise(history):
        cut = max(begin, within.begin), min(end, within.end)
        if 0 < end - begin <= gap_s and cut[0] < cut[1]:
            yield _Piece(begin, end, first, last).part(*cut)


def _in_range(piece: _Piece, model: SpoilageModel) -> Iterator[_Piece]:
    """The parts of it in which the model holds."""
    change = piece.last - piece.first
    crossings = [
        piece.begin + piece.seconds * (edge - piece.first) / change for edge in (model.low_c, model.high_c) if change
    ]
    cuts = [piece.begin, *sorted(time for time in crossings if piece.begin < time < piece.end), piece.end]
    for begin, end in pairwise(cuts):
        if model.low_c <= piece.at((begin + end) / 2) <= model.high_c:
            yield piece.part(begin, end)


def _dearest(pieces: Sequence[_Piece], model: SpoilageModel) -> WarmSpell | None:
    spells: list[list[_Piece]] = []
    for piece in pieces:
        if max(piece.first, piece.last) <= _WARM_C:
            continue
        if not spells or spells[-1][-1].end != piece.begin:
            spells.append([])
        spells[-1].append(piece)
    costs = [WarmSpell(TimeSpan(one[0].begin, one[-1].end), _cost(one, model)) for one in spells]
    return max((one for one in costs if one.cost_days >= _LEAST_COST), key=lambda one: one.cost_days, default=None)


def _cost(spell: Sequence[_Piece], model: SpoilageModel) -> float:
    parts = [part for piece in spell for part in _in_range(piece, model)]
    return math.fsum(part.used(model) - part.seconds / DAY_S for part in parts)
