import math
from random import Random
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.history.rules.trend import fit, median_with_error

values = st.integers(-10_000, 10_000).map(float)


def cloud(seed: int, count: int = 300) -> list[tuple[float, float, float]]:
    chance = Random(seed)
    points = [(chance.gauss(0, 1), chance.gauss(0, 3)) for _ in range(count)]
    return [(x, y, 0.3 * x - 0.05 * y + chance.gauss(0, 0.1)) for x, y in points]


def test_a_tenth_of_wild_points_hardly_bends_a_line() -> None:
    points = cloud(1)
    wild = [(x, y, z + 40.0) if n % 10 == 0 else (x, y, z) for n, (x, y, z) in enumerate(points)]
    found = fit(wild, (1.0, 1.0))
    assert found.a == pytest.approx(0.3, abs=0.03)
    assert found.b == pytest.approx(-0.05, abs=0.01)


def test_the_stated_error_of_a_line_is_the_true_one() -> None:
    found = [fit(cloud(seed, 60), (1.0, 1.0)) for seed in range(200)]
    off = pstdev(one.a * 2 + one.b * 5 for one in found)
    assert fmean(one.error(2, 5) for one in found) == pytest.approx(off, rel=0.25)


def test_where_nothing_varies_the_prior_is_all_that_is_known() -> None:
    found = fit([(0.0, 0.0, 0.1), (0.0, 0.0, -0.1)], (0.05, 0.02))
    assert (found.a, found.b) == (0.0, 0.0)
    assert found.error(10, 0) == pytest.approx(0.5)
    assert fit([], (0.05, 0.02)).error(0, 10) == pytest.approx(0.2)


def test_the_stated_error_of_a_middle_is_the_true_one() -> None:
    found = [median_with_error([chance.gauss(5, 2) for _ in range(40)]) for chance in map(Random, range(300))]
    assert fmean(error for _, error in found) == pytest.approx(pstdev(middle for middle, _ in found), rel=0.3)


def test_values_that_hang_together_are_worth_less() -> None:
    chance, value, sticky = Random(3), 0.0, []
    for _ in range(60):
        value = 0.9 * value + chance.gauss(0, 1)
        sticky.append(value)
    shuffled = sticky.copy()
    chance.shuffle(shuffled)
    assert median_with_error(sticky)[1] > 2 * median_with_error(shuffled)[1]


@given(found=st.lists(values, min_size=1, max_size=50), shift=values)
def test_a_middle_moves_with_its_values(found: list[float], shift: float) -> None:
    middle, error = median_with_error(found)
    moved, same = median_with_error([value + shift for value in found])
    assert moved == middle + shift
    assert same == pytest.approx(error)
    assert error >= 0


def test_alike_values_are_certain_and_one_other_is_not_forgotten() -> None:
    assert median_with_error([7.0] * 12) == (7.0, 0.0)
    assert median_with_error([0.0] * 11 + [3.0])[1] > 0


@pytest.mark.parametrize("points", [[(0.7, -2.0, 0.01)], [(0.7, -2.0, 0.01), (0.3, 1.0, -0.02)], [(20.0, 60.0, 5.0)]])
def test_very_few_points_leave_the_doubt_of_the_prior(points: list[tuple[float, float, float]]) -> None:
    for prior in ((0.05, 0.02), (5.0, 2.0)):
        found = fit(points, prior)
        assert math.isfinite(found.a + found.b)
        assert found.variance_a > 0 < found.variance_b
