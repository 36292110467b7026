import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from befresh_agent.domain.quantities import Quantity
from befresh_agent.history.rules.trend import RULE, STEP_S, AirDelta, Trend, TrendRule, TrendSample, TrendState, trend
from befresh_agent.simulation.container_air import FOODS
from tests.unit.history.kitchen import (
    DAY,
    GAS_AT_LEAST,
    HOUR,
    NH3_AT_LEAST,
    Spell,
    food,
    having,
    inert,
    samples,
    turned_at,
)

# A defrosting gone wrong, a door left ajar, a power cut, a warm weekend.
SPELLS: list[Spell] = [
    (3 * DAY, 4 * HOUR, 10),
    (5 * DAY, 8 * HOUR, 6),
    (8 * DAY, 2 * HOUR, 15),
    (9 * DAY, 2 * DAY, 3),
]
WEEK = samples(food("fish", 1), 3)


def through_time(measured: list[TrendSample], every: int) -> list[Trend]:
    """What was said as time went by."""
    return [trend(measured[:count], measured[count - 1].at + 900) for count in range(40, len(measured), every)]


def of(found: Trend, quantity: Quantity) -> AirDelta:
    return next(change for change in found.changes if change.quantity is quantity)


@pytest.mark.parametrize("name", FOODS)
def test_food_that_turns_is_seen_within_six_hours(name: str) -> None:
    measured = samples(food(name, 3), FOODS[name].days * 1.2)
    turned = turned_at(name, RULE.window_s)
    seen = next(
        sample.at
        for number, sample in enumerate(measured)
        if sample.at > turned - DAY and trend(measured[: number + 1], sample.at + 900).state is TrendState.RISING
    )
    assert turned - 6 * HOUR <= seen <= turned + 6 * HOUR


@pytest.mark.parametrize("seed", range(3))
def test_doors_and_warm_spells_are_not_food_that_turns(seed: int) -> None:
    said = through_time(samples(inert(seed, SPELLS), 12), every=11)
    assert {found.state for found in said} == {TrendState.STEADY}
    assert max(of(found, Quantity.GAS).amount for found in said) < 0.08


@pytest.mark.parametrize(
    "temper",
    [
        {"per_degree": 0.04, "per_percent": 0.01},
        {"per_degree": 0.04, "per_percent": -0.01, "sticky": 0.9},
        {"per_degree": -0.03, "sticky": 0.9, "drift_per_day": 0.01},
        {"per_degree": 0.0, "per_percent": 0.02, "sticky": 0.98},
    ],
    ids=str,
)
def test_nor_are_they_under_sensors_of_another_temper(temper: dict[str, float]) -> None:
    assert TrendState.RISING not in {
        found.state for found in through_time(samples(inert(5, SPELLS, **temper), 12), every=13)
    }


def test_uncorrected_the_same_would_be_called_rising() -> None:
    """So the correction is what keeps these quiet, not a rule too dull to speak."""
    measured = samples(inert(5, [(6 * DAY, 2 * DAY, 8)], per_degree=0.04), 8)
    dry = [having(sample, {Quantity.TEMPERATURE: 4.0, Quantity.HUMIDITY: 70.0}) for sample in measured]
    indifferent = TrendRule(weather={Quantity.GAS: (1e-6, 1e-6), Quantity.NH3: (1e-6, 1e-6)})
    assert trend(dry, dry[-1].at, indifferent).state is TrendState.RISING
    assert trend(measured, measured[-1].at).state is TrendState.STEADY


@pytest.mark.parametrize("name", ["fish", "rice"])
def test_the_true_change_lies_within_the_uncertainty(name: str) -> None:
    kind, inside = FOODS[name], 0
    for seed in range(20):
        measured = samples(food(name, seed), kind.days * 0.8)
        change = of(trend(measured, measured[-1].at), Quantity.GAS)

        def air(at: float) -> float:
            return kind.gas[0] + (kind.gas[1] - kind.gas[0]) / (1 + math.exp(-4 * (at / (kind.days * DAY) - 1)))

        true = 1 - air(measured[-1].at - 3 * HOUR) / air(change.since + 6 * HOUR)
        inside += abs(change.amount - true) <= change.uncertainty
    assert inside >= 17


def test_without_a_reading_for_three_hours_nothing_is_said() -> None:
    end = WEEK[-1].at + STEP_S / 2
    assert trend(WEEK, end + 3 * HOUR).state is TrendState.RISING
    assert trend(WEEK, end + 3 * HOUR + 1) == Trend(TrendState.UNMEASURED, silent_s=3 * HOUR + 1)
    assert trend([], end) == Trend(TrendState.UNMEASURED)


def test_values_that_are_never_read_are_silence_too() -> None:
    nothing = [having(sample, {Quantity.GAS: None, Quantity.NH3: None}) for sample in WEEK]
    assert trend(nothing, WEEK[-1].at) == Trend(TrendState.UNMEASURED)


def test_one_of_the_two_is_enough() -> None:
    only_nh3 = trend([having(sample, {Quantity.GAS: None}) for sample in WEEK], WEEK[-1].at)
    assert [change.quantity for change in only_nh3.changes] == [Quantity.NH3]
    assert only_nh3.state is TrendState.RISING


@pytest.mark.parametrize("hours", [1, 6, 10])
def test_a_new_container_is_being_learned(hours: float) -> None:
    first = WEEK[: int(2 * hours)]
    assert trend(first, first[-1].at).state is TrendState.LEARNING


def test_without_temperature_nothing_can_be_corrected() -> None:
    blind = [having(sample, {Quantity.TEMPERATURE: None}) for sample in WEEK]
    assert trend(blind, WEEK[-1].at).state is TrendState.LEARNING


def test_air_that_clears_is_steady_again() -> None:
    """Fish, then nothing: a container that was emptied."""
    fresh_air = [having(s, {Quantity.GAS: 1.3 * s.means[Quantity.GAS]}, later=3 * DAY) for s in samples(inert(2), 2)]
    emptied = WEEK + fresh_air
    assert trend(WEEK, WEEK[-1].at).state is TrendState.RISING
    assert trend(emptied, emptied[-1].at).state is TrendState.STEADY


def test_gaps_do_no_harm() -> None:
    holes = [sample for number, sample in enumerate(WEEK) if number % 24 < 14]
    assert trend(holes, holes[-1].at).state is TrendState.RISING
    calm = [sample for number, sample in enumerate(samples(inert(4, SPELLS), 7)) if number % 24 < 14]
    assert trend(calm, calm[-1].at).state is TrendState.STEADY


@settings(max_examples=25)
@given(later=st.integers(-10_000, 10_000), factor=st.floats(0.01, 100), more=st.integers(0, 3000))
def test_only_changes_count(later: int, factor: float, more: int) -> None:
    """Neither the calendar, nor what a sensor calls one, nor where its zero lies."""
    moved = [
        having(
            s,
            {Quantity.GAS: s.means[Quantity.GAS] * factor, Quantity.NH3: s.means[Quantity.NH3] + more},
            later=later * DAY,
        )
        for s in WEEK
    ]
    here, there = trend(WEEK, WEEK[-1].at), trend(moved, moved[-1].at)
    assert there.state is here.state
    for quantity in (Quantity.GAS, Quantity.NH3):
        assert of(there, quantity).amount == pytest.approx(of(here, quantity).amount, rel=1e-4, abs=1e-6)


@settings(max_examples=40)
@given(
    values=st.lists(
        st.fixed_dictionaries({}, optional={one: st.floats(one.traits.low, one.traits.high) for one in Quantity}),
        max_size=120,
    )
)
def test_whatever_is_measured_something_sane_is_said(values: list[dict[Quantity, float]]) -> None:
    measured = [TrendSample(number * 1800.0, one) for number, one in enumerate(values)]
    found = trend(measured, 1800.0 * len(values))
    for change in found.changes:
        assert math.isfinite(change.amount)
        assert math.isfinite(change.uncertainty)
        assert change.uncertainty >= 0
        least = 1 - math.exp(-GAS_AT_LEAST) if change.quantity is Quantity.GAS else NH3_AT_LEAST
        assert not change.rising or change.amount >= least * 0.999
    assert (found.state is TrendState.RISING) == any(change.rising for change in found.changes)
