from itertools import pairwise

import numpy as np

from befresh_agent.voice.wake.embedding import SIZE, Floats
from befresh_agent.voice.wake.fitting import fitted
from befresh_agent.voice.wake.heads import STEPS, PhraseHead

WIDTH = STEPS * SIZE


def windows(count: int, shift: float, seed: int) -> Floats:
    """Noise in which the first ten numbers are shifted."""
    values = np.random.default_rng(seed).normal(0, 16, (count, WIDTH)).astype(np.float32)
    values[:, :10] += shift
    return values


def network(seed: int) -> PhraseHead:
    dice = np.random.default_rng(seed)
    sizes = (WIDTH, 8, 5, 1)
    layers = [
        (dice.normal(0, 0.1, both).astype(np.float32), dice.normal(0, 1, both[1]).astype(np.float32))
        for both in pairwise(sizes)
    ]
    return PhraseHead(np.full(WIDTH, 3, np.float32), np.full(WIDTH, 0.1, np.float32), tuple(layers), 0.0)


def test_it_tells_the_two_apart_on_examples_that_it_has_not_seen() -> None:
    head = fitted(windows(200, 40, 1), windows(800, 0, 2), threshold=0.5)
    assert np.mean(head.scores(windows(100, 40, 3)) > 0) > 0.95
    assert np.mean(head.scores(windows(100, 0, 4)) < 0) > 0.95
    assert head.threshold == 0.5


def test_another_heads_opinion_is_one_feature_of_a_network_that_holds_both() -> None:
    base = network(1)
    head = fitted(windows(200, 8, 1), windows(800, 0, 2), base=base)
    seen = windows(50, 4, 3)
    straight = head.scores(seen) - float(head.layers[-1][0][0, 0] / base.layers[-1][0][0, 0]) * base.scores(seen)
    slope, *_ = np.linalg.lstsq(np.hstack([seen, np.ones((50, 1))]), straight, rcond=None)
    assert np.abs(seen @ slope[:-1] + slope[-1] - straight).max() < 0.01
    assert len(head.layers) == len(base.layers)
