"""What containers say that cannot be true, and what may look so and is."""

import math
from collections.abc import Iterable, Sequence
from random import Random

import pytest

from befresh_agent.containers.rules.plausibility import (
    ContainerHistoryMarks,
    DoubtReason,
    JudgedReading,
    ValueMark,
    judge,
)
from befresh_agent.domain.quantities import Measurement, Quantity
from befresh_agent.simulation.container_air import FOODS, FridgeClimate, SimulatedContent

TEN_MINUTES = 600.0
DAY = 144
REAL = Measurement(33.95, 37, 1009.83, 537, 101_700, 0)


def told(says: Iterable[Measurement], every_s: float = TEN_MINUTES) -> list[JudgedReading]:
    history = ContainerHistoryMarks()
    return [judge(one, history, every_s if n else 0.0) for n, one in enumerate(says)]


def doubts(judged: Sequence[JudgedReading]) -> set[tuple[DoubtReason, Quantity | None]]:
    return {(mark.doubt, mark.quantity) for one in judged for mark in one.marks}


def test_a_real_reading_is_believed() -> None:
    assert told([REAL]) == [JudgedReading(REAL)]


@pytest.mark.parametrize("food", FOODS)
@pytest.mark.parametrize("seed", range(3))
def test_nothing_that_food_does_in_a_fridge_is_doubted(food: str, seed: int) -> None:
    content = SimulatedContent(food, FridgeClimate(seed), seed)
    judged = told(content.measure(n * TEN_MINUTES) for n in range(5 * DAY))
    assert doubts(judged) == set()


@pytest.mark.parametrize(
    "zeros",
    [
        Measurement(0.0, 0, None, 0, 0, 0),
        Measurement(0.0, 0, None, None, None, None),
        Measurement(None, 0, None, 0, None, None),
        Measurement(None, None, None, None, 0, 0),
    ],
)
def test_a_board_that_has_just_been_switched_on_is_not_believed_and_its_heater_warms_up(zeros: Measurement) -> None:
    first, second, third = told([zeros, REAL, REAL], every_s=100)
    assert (first.believed, [mark.doubt for mark in first.marks]) == (Measurement(), [DoubtReason.ZEROS])
    assert second.believed == Measurement(33.95, 37, 1009.83, None, None, None)
    assert {mark.doubt for mark in second.marks} == {DoubtReason.WARMING}
    assert third == JudgedReading(REAL)


@pytest.mark.parametrize("quantity", [Quantity.GAS, Quantity.CO2])
def test_no_air_has_no_resistance_and_no_co2(quantity: Quantity) -> None:
    values = {"temperature": 4.5, "humidity": 61, "co2": 537, "gas": 101_700} | {quantity.value: 0}
    (judged,) = told([Measurement(**values)])  # type: ignore[arg-type]  # whole quantities are ints
    assert judged.marks == (ValueMark(DoubtReason.IMPOSSIBLE, quantity),)
    assert getattr(judged.believed, quantity) is None
    assert judged.believed.temperature == 4.5


@pytest.mark.parametrize("value", [0.0, 0])
def test_zero_degrees_alone_are_a_temperature(value: float) -> None:
    assert told([Measurement(temperature=value)])[0].believed.temperature == 0
    assert told([Measurement(0.0, 61, 1009.8, 500, 1000, 0)])[0].marks == ()


@pytest.mark.parametrize(
    ("quantity", "value"),
    [(Quantity.TEMPERATURE, 4.21), (Quantity.PRESSURE, 1009.83), (Quantity.GAS, 101_700)],
)
def test_a_sensor_that_hangs_is_found_though_the_others_live(quantity: Quantity, value: float) -> None:
    content = SimulatedContent("kimchi", FridgeClimate(1), 1)

    def says(n: int) -> Measurement:
        values = {q.value: getattr(content.measure(n * TEN_MINUTES), q) for q in Quantity}
        return Measurement(**values | {quantity.value: value})

    judged = told(says(n) for n in range(3 * DAY))
    assert doubts(judged) == {(DoubtReason.SAME, quantity)}
    assert doubts(judged[: DAY - 1]) == set()
    assert all(getattr(one.believed, quantity) is None for one in judged[DAY + 1 :])
    assert "same for 3 days" in str(judged[-1].marks[0])


@pytest.mark.parametrize(
    "frozen",
    [Measurement(4.21), REAL, Measurement(4.5, 61), Measurement(4, 61), Measurement(humidity=61, co2=500)],
)
def test_who_says_the_same_for_days_is_not_believed_until_it_changes(frozen: Measurement) -> None:
    judged = told([*[frozen] * (4 * DAY), Measurement(4.6, 62, 1010.2, 540, 99_000, 3)])
    assert judged[-2].believed == Measurement()
    assert {mark.doubt for mark in judged[-2].marks} == {DoubtReason.SAME}
    assert len(judged[-2].marks) == 1
    assert judged[-1].marks == ()


def test_a_closed_box_may_be_full_of_damp_and_without_ammonia_for_weeks() -> None:
    judged = told(
        Measurement(4.0 + 0.01 * (n % 7), 100, 1010 + 0.02 * (n % 5), 400, 100_000 + n % 11, 0) for n in range(14 * DAY)
    )
    assert doubts(judged) == set()


def test_a_thermometer_of_whole_degrees_may_stand_still_for_two_days() -> None:
    assert doubts(told([Measurement(4, 61)] * (2 * DAY))) == set()


def test_few_visits_over_a_long_time_prove_nothing() -> None:
    assert doubts(told([Measurement(4.21)] * 15, every_s=24 * 3600)) == set()


@pytest.mark.parametrize(
    ("quantity", "normal", "leap"),
    [
        (Quantity.TEMPERATURE, 4.5, -30.8),
        (Quantity.TEMPERATURE, 4.5, 84.0),
        (Quantity.PRESSURE, 1009.8, 430.5),
        (Quantity.HUMIDITY, 88, 3),
    ],
)
def test_one_leap_is_not_believed_and_does_no_harm(quantity: Quantity, normal: float, leap: float) -> None:
    def says(value: float) -> Measurement:
        return Measurement(**{quantity.value: value})  # type: ignore[arg-type]  # whole quantities are ints

    judged = told([says(normal), says(leap), says(normal), says(normal)])
    assert [getattr(one.believed, quantity) for one in judged] == [normal, None, normal, normal]
    assert judged[1].marks == (ValueMark(DoubtReason.LEAP, quantity),)


def test_a_container_that_is_taken_out_is_believed_with_the_second_reading() -> None:
    judged = told(Measurement(temperature) for temperature in (4.5, 26.0, 26.3, 26.1))
    assert [one.believed.temperature for one in judged] == [4.5, None, 26.3, 26.1]


def test_what_was_good_long_ago_is_no_measure() -> None:
    history = ContainerHistoryMarks()
    judge(Measurement(4.5), history, 0)
    assert judge(Measurement(26.0), history, 2 * 3600).believed.temperature == 26.0


def test_noise_without_end_is_mostly_left_out() -> None:
    chance = Random(1)
    judged = told(Measurement(chance.uniform(-40, 85)) for _ in range(1000))
    believed = [one for one in judged if one.believed.temperature is not None]
    assert len(believed) < 500
    assert all(math.isfinite(one.believed.temperature or 0) for one in believed)
