import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from befresh_agent.domain.reading import TimeSpan
from befresh_agent.domain.spoilage import MODELS, SpoilageModel, parse_spoilage, spoilage_of
from befresh_agent.errors import InvalidValue
from befresh_agent.history.rules.heat import DAY_S, GAP_S, History, heat_use

SALMON, FISH, SHRIMP = MODELS["smoked-salmon"], MODELS["fresh-fish"], MODELS["cooked-shrimp"]


def steady(celsius: float, days: float, begin: float = 0.0) -> list[tuple[float, float]]:
    steps = round(days * 144)
    return [(begin + days * DAY_S * step / steps, celsius) for step in range(steps + 1)]


def whole(history: History) -> TimeSpan:
    return TimeSpan(history[0][0], history[-1][0])


def used(history: History, model: SpoilageModel) -> float:
    return heat_use(history, model, whole(history)).days


@pytest.mark.parametrize(
    ("phases", "predicted"), [((5.0, 15.0), 20), ((15.0, 5.0), 24)], ids=["A: observed 20.0", "B: observed 25"]
)
def test_published_batches_of_smoked_salmon(phases: tuple[float, float], predicted: int) -> None:
    at_five = 36.5  # the shelf life of the batch at 5 °C is not published; this one is in accord with both
    first = used(steady(phases[0], 8.9), SALMON)
    assert round(8.9 + (at_five - first) / SALMON.rate(phases[1])) == predicted


def test_published_days_of_the_square_root_model() -> None:
    assert 21 / FISH.rate(0) == pytest.approx(47.2, abs=0.051)  # 21 days at 5 °C, at 0 °C


def test_a_day_at_five_degrees_uses_a_day() -> None:
    for model in MODELS.values():
        assert used(steady(5, 3), model) == pytest.approx(3)


def test_three_hours_without_power_cost_exactly_the_integral() -> None:
    history = [*steady(5, 1), *steady(15, 3 / 24, DAY_S + 1), *steady(5, 1, DAY_S * 9 / 8 + 2)]
    found = heat_use(history, SALMON, whole(history))
    assert found.days == pytest.approx(2 + math.exp(0.89) * 3 / 24, abs=1e-4)
    assert found.warm is not None
    assert found.warm.cost_days == pytest.approx((math.exp(0.89) - 1) * 3 / 24, abs=1e-4)


def test_what_was_not_measured_is_said_and_not_made_up() -> None:
    history = [*steady(5, 1), *steady(5, 1, 1.25 * DAY_S)]
    found = heat_use(history, FISH, TimeSpan(0, 2.25 * DAY_S))
    assert found.days == pytest.approx(2)
    assert found.unmeasured_s == pytest.approx(6 * 3600)
    assert not found.believable
    assert heat_use(steady(5, 9), FISH, TimeSpan(0, 9.5 * DAY_S)).believable
    assert not heat_use([], FISH, TimeSpan(0, DAY_S)).believable


def test_out_of_the_range_of_a_model_nothing_is_counted() -> None:
    history = [(0.0, 10.0), (1800.0, 20.0), (3600.0, 20.0)]  # half of the rise is within 15 °C
    found = heat_use(history, FISH, whole(history))
    assert (found.measured_s, found.outside_s) == pytest.approx((900, 2700))


Points = st.lists(st.tuples(st.floats(1, 2 * GAP_S), st.floats(-20, 40)), min_size=2, max_size=30)


@given(Points, st.lists(st.floats(0, 1), max_size=4), st.sampled_from(sorted(MODELS)))
def test_a_history_may_be_split_anywhere(points: list[tuple[float, float]], cuts: list[float], name: str) -> None:
    history, at = [], 0.0
    for step, celsius in points:
        at += step
        history.append((at, celsius))
    all_of_it = TimeSpan(-500.0, at + 500.0)
    edges = [-500.0, *sorted(all_of_it.begin + cut * all_of_it.seconds for cut in cuts), at + 500.0]
    parts = [heat_use(history, MODELS[name], TimeSpan(a, b)) for a, b in pairwise(edges) if b > a]
    entire = heat_use(history, MODELS[name], all_of_it)
    for figure in ("days", "measured_s", "outside_s", "unmeasured_s"):
        parted = math.fsum(getattr(part, figure) for part in parts)
        assert parted == pytest.approx(getattr(entire, figure), rel=1e-6, abs=1e-4)


def test_a_model_is_chosen_by_the_name_and_a_person_may_correct_it() -> None:
    assert (found := spoilage_of("훈제 연어", {})) is not None
    assert found.model is SALMON
    assert spoilage_of("Smoked  Salmon", {}) == found
    for unknown in ("김치", "연어 샐러드", "고등어 통조림", "", None):
        assert spoilage_of(unknown, {}) is None
    chosen = parse_spoilage({"고등어": "none", "우리집 새우": "cooked-shrimp 20"})
    assert spoilage_of("고등어", chosen) is None
    assert (shrimp := spoilage_of("우리집새우", chosen)) is not None
    assert (shrimp.model, shrimp.days) == (SHRIMP, 20)


@pytest.mark.parametrize("text", ["", "beef", "fresh-fish many", "fresh-fish -1", "fresh-fish nan", "none 3"])
def test_a_wrong_choice_says_what_would_be_right(text: str) -> None:
    with pytest.raises(InvalidValue, match="fresh-fish"):
        parse_spoilage({"고등어": text})


def test_every_model_says_where_it_comes_from() -> None:
    assert all(model.citation and model.validation and model.foods for model in MODELS.values())
