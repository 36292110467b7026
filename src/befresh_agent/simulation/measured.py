"""Visits as this very fridge has measured them, to be drawn from by chance."""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from befresh_agent.domain.visit_history import VisitHistory, VisitRecord, mean_seconds, success_rate
from befresh_agent.errors import InvalidValue
from befresh_agent.simulation.field_test import Outcome

FEWEST = 10
"""Visits that must have been measured before anything can be said."""
_LATELY = 10


@dataclass(frozen=True, slots=True)
class Measured:
    """What a fridge has learned of its containers."""

    containers: int
    dead: int
    """Those that did not answer lately."""
    visits: tuple[VisitRecord, ...]
    """Those of the living."""

    def draw(self, chance: Random) -> Outcome:
        """One of the visits, by chance."""
        visit = chance.choice(self.visits)
        return Outcome(visit.seconds, visit.good)

    @property
    def success_rate(self) -> float:
        return success_rate(self.visits) or 0.0

    @property
    def visit_s(self) -> float:
        return mean_seconds(self.visits) or 0.0


def measured(histories: Sequence[VisitHistory]) -> Measured:
    """From the visits of everybody who is connected to; `InvalidValue` where too few have been measured."""
    living = [history for history in histories if _lives(history)]
    visits = tuple(visit for history in living for visit in history.latest)
    if len(visits) < FEWEST:
        raise InvalidValue(f"only {len(visits)} visits were measured so far: let the agent run for a while")
    return Measured(len(histories), len(histories) - len(living), visits)


def _lives(history: VisitHistory) -> bool:
    """Somebody who was never visited yet may well live."""
    lately = history.latest[-_LATELY:]
    return not lately or any(visit.good for visit in lately)
