"""Whether the air in a container is changing: NH3 and gas against the container's own quietest half day.

In: half-hourly means of some days. Out: how much more there is now than at the quietest, with its uncertainty, and one
word. It tells of air, not of food: whether something may be eaten it does not know. See docs/record.md.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from statistics import median

from befresh_agent.domain.gatt import Quantity
from befresh_agent.domain.robust import Fit, centre, fit

STEP_S = 1800
"""Samples are means over so many seconds."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The mean of what was measured in half an hour; None where a value was never read."""

    at: float
    """Seconds since 1970."""
    temperature: float | None
    humidity: float | None
    gas: float | None
    """BME688 resistance in ohm: it falls when vapours (VOC) rise."""
    nh3: float | None
    """Raw value of the converter."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What counts as rising. The figures come from simulated food; another file of them may be put in their place."""

    window_s: float = 7 * 86_400
    """How far back the quietest half day is looked for."""
    quiet_s: float = 12 * 3600
    recent_s: float = 6 * 3600
    """"Now" is the middle of so many seconds, so that an open door does not count."""
    silent_s: float = 3 * 3600
    """Without a reading for so long nothing is said."""
    coverage: float = 0.4
    """Such a share of the half hours must have been measured, now and in the quiet half day."""
    sure: float = 3.0
    """A change counts when it is so many times its standard error ..."""
    least: Mapping[Quantity, float] = field(default_factory=lambda: {Quantity.GAS: 0.14, Quantity.NH3: 40.0})
    """... and at least this: of gas a logarithm (0.14: the resistance fell by 13 %), of NH3 a raw value."""
    weather: Mapping[Quantity, tuple[float, float]] = field(
        default_factory=lambda: {Quantity.GAS: (0.05, 0.02), Quantity.NH3: (5.0, 2.0)}
    )
    """How much a value may depend on a degree and on a percent of humidity, before anything is known of the sensor."""


RULE = Rule()


class State(StrEnum):
    RISING = "rising"
    STEADY = "steady"
    LEARNING = "learning"
    """Not measured long enough yet to know what is usual for this container."""
    UNMEASURED = "unmeasured"
    """Neither gas nor NH3 was measured for a while."""


@dataclass(frozen=True, slots=True)
class Change:
    """How much more of something there is now than at the quietest, at equal temperature and humidity."""

    quantity: Quantity
    amount: float
    """Of gas the share by which the resistance fell (0.2: by 20 %), of NH3 the raw value by which it rose."""
    uncertainty: float
    """The true amount lies within plus or minus this, 19 times out of 20."""
    rising: bool
    since: float
    """When the quietest half day began, seconds since 1970."""


@dataclass(frozen=True, slots=True)
class Trend:
    state: State
    changes: tuple[Change, ...] = ()
    silent_s: float | None = None
    """How long nothing was measured; None where nothing ever was."""


def trend(samples: Sequence[Sample], now: float, rule: Rule = RULE) -> Trend:
    """The trend at `now` (seconds since 1970) of samples in the order of time."""
    samples = [s for s in samples if now - rule.window_s <= s.at <= now and not (s.gas is None and s.nh3 is None)]
    if not samples:
        return Trend(State.UNMEASURED)
    silent_s = max(0.0, now - samples[-1].at - STEP_S / 2)
    if silent_s > rule.silent_s:
        return Trend(State.UNMEASURED, silent_s=silent_s)
    found = (_change(quantity, _rows(quantity, samples), rule) for quantity in (Quantity.GAS, Quantity.NH3))
    changes = tuple(change for change in found if change is not None)
    if not changes:
        return Trend(State.LEARNING, silent_s=silent_s)
    state = State.RISING if any(change.rising for change in changes) else State.STEADY
    return Trend(state, changes, silent_s)


@dataclass(frozen=True, slots=True)
class _Row:
    at: float
    temperature: float
    humidity: float
    strength: float
    """Grows with what is in the air: the negative logarithm of gas, NH3 as it is."""


def _rows(quantity: Quantity, samples: Sequence[Sample]) -> list[_Row]:
    rows = []
    for sample in samples:
        value = sample.gas if quantity is Quantity.GAS else sample.nh3
        if value is None or sample.temperature is None or sample.humidity is None:
            continue
        if quantity is Quantity.GAS:
            if value <= 0:
                continue
            value = -math.log(value)
        rows.append(_Row(sample.at, sample.temperature, sample.humidity, value))
    return rows


def _change(quantity: Quantity, rows: Sequence[_Row], rule: Rule) -> Change | None:
    """Now against the quietest half day; None while there is not enough of either."""
    if not rows:
        return None
    split = rows[-1].at - rule.recent_s
    recent = [row for row in rows if row.at > split]
    weather = _weather(rows, rule.weather[quantity])
    halves = [half for half in _half_days(rows, split, rule) if len(half) >= rule.coverage * rule.quiet_s / STEP_S]
    if not halves or len(recent) < rule.coverage * rule.recent_s / STEP_S:
        return None
    quiet = min(halves, key=lambda half: median(_corrected(half, weather)))
    middle, error = centre(_corrected(recent, weather))
    usual, usual_error = centre(_corrected(quiet, weather))
    warmer = median(row.temperature for row in recent) - median(row.temperature for row in quiet)
    damper = median(row.humidity for row in recent) - median(row.humidity for row in quiet)
    error = math.sqrt(error**2 + usual_error**2 + weather.error(warmer, damper) ** 2)
    risen = middle - usual
    rising = risen >= rule.least[quantity] and risen >= rule.sure * error
    if quantity is Quantity.GAS:
        return Change(quantity, 1 - math.exp(-risen), 2 * error * math.exp(-risen), rising, quiet[0].at)
    return Change(quantity, risen, 2 * error, rising, quiet[0].at)


def _weather(rows: Sequence[_Row], prior: tuple[float, float]) -> Fit:
    """What a degree and a percent of humidity do to this sensor, from one half hour to the next.

    Over half hours food hardly changes, so its own slow rise does not get into it.
    """
    steps = [
        (b.temperature - a.temperature, b.humidity - a.humidity, b.strength - a.strength)
        for a, b in pairwise(rows)
        if b.at - a.at <= 2 * STEP_S
    ]
    return fit(steps, prior)


def _half_days(rows: Sequence[_Row], before: float, rule: Rule) -> list[list[_Row]]:
    halves: dict[int, list[_Row]] = {}
    for row in rows:
        if row.at <= before:
            halves.setdefault(int((before - row.at) // rule.quiet_s), []).append(row)
    return list(halves.values())


def _corrected(rows: Sequence[_Row], weather: Fit) -> list[float]:
    return [row.strength - weather.a * row.temperature - weather.b * row.humidity for row in rows]
