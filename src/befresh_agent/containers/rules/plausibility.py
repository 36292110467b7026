"""Whether what a container says can be true. In: a measurement and what it said before. Out: what is believed of it.

Every value may be right by itself and the whole be wrong all the same: a board that has just been switched on says
zeros, a sensor that hangs says the same for weeks, a broken one leaps. What is not believed is left out and marked,
never replaced. Times are seconds on the clock that never jumps.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from befresh_agent.domain.quantities import Measurement, Quantity

Values = Mapping[Quantity, float | int]

WARM_UP_S = 180.0
"""So long after zeros the sensors of gases are not believed: their heater has just begun."""
SAME_S = 24 * 3600.0
"""A finely divided value that is the same for so long comes from a sensor that hangs."""
ALL_SAME_S = 72 * 3600.0
"""Coarse ones may stand still in a closed box; all of them together for so long do not."""
SAME_VISITS = 20
"""And in at least so many readings."""
_GOOD_FOR_S = 3600.0
"""A value is compared with the last good one only as long as that is not older."""
_LONGEST_STEP_S = 3600.0
"""Who was away meanwhile has not said the same all the time."""
_HEATED = (Quantity.GAS, Quantity.CO2, Quantity.NH3)
_NEVER_ZERO = (Quantity.GAS, Quantity.CO2)
_LEAPS: Mapping[Quantity, float] = {Quantity.TEMPERATURE: 15, Quantity.HUMIDITY: 60, Quantity.PRESSURE: 40}
"""No air around food changes by more between two readings; what does is believed once the next reading agrees."""


class DoubtReason(StrEnum):
    ZEROS = "zeros"
    IMPOSSIBLE = "impossible"
    WARMING = "warming"
    LEAP = "leap"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class ValueMark:
    """Why a value, or all of them, is not believed."""

    doubt: DoubtReason
    quantity: Quantity | None = None
    seconds: float = 0.0
    """For how long it has said the same."""

    def __str__(self) -> str:
        what = self.quantity or "everything"
        match self.doubt:
            case DoubtReason.ZEROS:
                return "it says nothing but zeros: it has just been switched on, or its sensors do not start"
            case DoubtReason.IMPOSSIBLE:
                return f"{what} cannot be 0"
            case DoubtReason.WARMING:
                return f"{what} is warming up"
            case DoubtReason.LEAP:
                return f"{what} leaps; it is believed if the next reading agrees"
        return f"{what} says the same for {_span(self.seconds)}: the sensor hangs; switch the container off and on"


@dataclass(slots=True)
class ValueTrail:
    """What one quantity said."""

    said: float | None = None
    same_s: float = 0.0
    same_visits: int = 0
    good: float | None = None
    """The last value that was believed..."""
    good_s: float = 0.0
    """... so long ago."""
    doubted: float | None = None
    """The last one that leapt."""

    def note(self, value: float, passed: float) -> None:
        same = value == self.said
        self.same_s = self.same_s + min(passed, _LONGEST_STEP_S) if same else 0.0
        self.same_visits = self.same_visits + 1 if same else 1
        self.said = value
        self.good_s += passed

    def hangs(self, seconds: float) -> bool:
        return self.same_s >= seconds and self.same_visits >= SAME_VISITS


@dataclass(slots=True)
class ContainerHistoryMarks:
    """What is remembered of one container."""

    trails: dict[Quantity, ValueTrail] = field(default_factory=dict)
    all: ValueTrail = field(default_factory=ValueTrail)
    """All values together: `said` counts the sets that differed from the one before."""
    last: dict[Quantity, float | int] = field(default_factory=dict)
    warm_s: float = 0.0
    """So much of the warm-up is left."""
    zeros: int = 0
    """Sets of zeros in a row."""


@dataclass(frozen=True, slots=True)
class JudgedReading:
    """What is believed, and why the rest is not."""

    believed: Measurement
    marks: tuple[ValueMark, ...] = ()


def judge(measured: Measurement, history: ContainerHistoryMarks, passed: float) -> JudgedReading:
    """Judge what a container says `passed` seconds after it spoke last; its history goes on."""
    values = {q: value for q in Quantity if (value := measured.of(q)) is not None}
    history.warm_s = max(0.0, history.warm_s - passed)
    if len(values) > 1 and not any(values.values()):
        history.warm_s, history.zeros = WARM_UP_S, history.zeros + 1
        return JudgedReading(Measurement(), (ValueMark(DoubtReason.ZEROS),))
    history.zeros = 0
    _note_all(values, history, passed)
    judged = {quantity: _doubt(quantity, value, history, passed) for quantity, value in values.items()}
    doubts = {quantity: mark for quantity, mark in judged.items() if mark is not None}
    believed = replace(measured, **{quantity.value: None for quantity in doubts})
    return JudgedReading(believed, tuple(_together(list(doubts.values()), values)))


def _note_all(values: Values, history: ContainerHistoryMarks, passed: float) -> None:
    changed = dict(values) != history.last
    history.all.note((history.all.said or 0.0) + changed, passed)
    history.last = dict(values)


def _doubt(quantity: Quantity, value: float, history: ContainerHistoryMarks, passed: float) -> ValueMark | None:
    trail = history.trails.setdefault(quantity, ValueTrail())
    trail.note(value, passed)
    if value == 0 and quantity in _NEVER_ZERO:
        return ValueMark(DoubtReason.IMPOSSIBLE, quantity)
    if history.warm_s and quantity in _HEATED:
        return ValueMark(DoubtReason.WARMING, quantity)
    if trail.hangs(SAME_S) and _is_fine(quantity, value):
        return ValueMark(DoubtReason.SAME, quantity, trail.same_s)
    if history.all.hangs(ALL_SAME_S):
        return ValueMark(DoubtReason.SAME, quantity, history.all.same_s)
    if _leaps(quantity, value, trail):
        trail.doubted = value
        return ValueMark(DoubtReason.LEAP, quantity)
    trail.good, trail.good_s, trail.doubted = value, 0.0, None
    return None


def _is_fine(quantity: Quantity, value: float) -> bool:
    """Whether the value is divided so finely that its noise shows."""
    return quantity is Quantity.GAS or (quantity in (Quantity.TEMPERATURE, Quantity.PRESSURE) and value % 1 != 0)


def _leaps(quantity: Quantity, value: float, trail: ValueTrail) -> bool:
    limit = _LEAPS.get(quantity)
    if limit is None or trail.good is None or trail.good_s > _GOOD_FOR_S or abs(value - trail.good) <= limit:
        return False
    return trail.doubted is None or abs(value - trail.doubted) > limit


def _together(marks: list[ValueMark], values: Values) -> list[ValueMark]:
    """Where every value says the same, that is said once."""
    if len(marks) == len(values) > 1 and all(mark.doubt is DoubtReason.SAME for mark in marks):
        return [ValueMark(DoubtReason.SAME, None, min(mark.seconds for mark in marks))]
    return marks


def _span(seconds: float) -> str:
    hours = seconds / 3600
    return f"{hours:.0f} hours" if hours < 48 else f"{hours / 24:.0f} days"
