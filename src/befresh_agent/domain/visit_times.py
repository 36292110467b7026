"""How long a visit takes: the field test's figures, or what this very fridge has measured, to be drawn from by chance.

The field test's mean is 13.2 s, hidden retries included, nothing above 37 s.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from befresh_agent.domain.visits import VisitHistory, VisitRecord, mean_seconds, success_rate
from befresh_agent.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class VisitOutcome:
    """How a visit goes: how long it takes, and whether it brings a reading."""

    seconds: float
    good: bool = True


_SHARES = ((0.5, 1.5, 5.0), (0.9, 5.0, 35.0), (1.0, 35.0, 37.0))


def visit_seconds(chance: Random) -> float:
    """50 % of the visits take 1.5 to 5 s, 40 % up to 35 s, 10 % up to 37 s."""
    draw = chance.random()
    low, high = next((low, high) for share, low, high in _SHARES if draw <= share)
    return chance.uniform(low, high)


def field_visit(chance: Random) -> VisitOutcome:
    """A visit of the field test; in it all succeeded in the end."""
    return VisitOutcome(visit_seconds(chance))


FEWEST = 10
"""Visits that must have been measured before anything can be said."""

_LATELY = 10


@dataclass(frozen=True, slots=True)
class MeasuredVisits:
    """What a fridge has learned of its containers."""

    containers: int
    dead: int
    """Those that did not answer lately."""
    visits: tuple[VisitRecord, ...]
    """Those of the living."""

    def draw_visit(self, chance: Random) -> VisitOutcome:
        """One of the visits, by chance."""
        visit = chance.choice(self.visits)
        return VisitOutcome(visit.seconds, visit.good)

    @property
    def success_rate(self) -> float:
        return success_rate(self.visits) or 0.0

    @property
    def visit_s(self) -> float:
        return mean_seconds(self.visits) or 0.0


def measured(histories: Sequence[VisitHistory]) -> MeasuredVisits:
    """From the visits of everybody who is connected to; `InvalidValue` where too few have been measured."""
    living = [history for history in histories if _lives(history)]
    visits = tuple(visit for history in living for visit in history.latest)
    if len(visits) < FEWEST:
        raise InvalidValue(f"only {len(visits)} visits were measured so far: let the agent run for a while")
    return MeasuredVisits(len(histories), len(histories) - len(living), visits)


def _lives(history: VisitHistory) -> bool:
    """Somebody who was never visited yet may well live."""
    lately = history.latest[-_LATELY:]
    return not lately or any(visit.good for visit in lately)
