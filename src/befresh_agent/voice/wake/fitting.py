"""Voice stage: fits a head to examples: logistic regression, by numpy alone, in seconds. Pure rules.

In: windows in which the phrase ended, and windows in which it did not; and a head that may know the phrase, whose
opinion counts as one feature more. Out: a head, one network that holds both.
"""

from typing import cast

import numpy as np

from befresh_agent.voice.wake.embedding import Floats
from befresh_agent.voice.wake.heads import PhraseHead

_ROUNDS = 120
_STEP = 0.9
_DECAY = 0.022
"""How strongly weights are drawn to zero: there are more of them than examples."""
_TRUSTED = 6.0
"""The other head's opinion is worth so many features."""


def fitted(positive: Floats, negative: Floats, threshold: float = 0.0, base: PhraseHead | None = None) -> PhraseHead:
    """N x 1344 each. The two sides count alike, however many windows each has."""
    windows = np.concatenate([positive, negative])
    truth = np.concatenate([np.ones(len(positive)), np.zeros(len(negative))]).astype(np.float32)
    share = np.where(truth > 0, 0.5 / len(positive), 0.5 / len(negative)).astype(np.float32)
    mean, scale = windows.mean(axis=0), 1 / (windows.std(axis=0) + 1e-3)
    values = (windows - mean) * scale
    if base is None:
        weights, bias = _descend(values, truth, share)
        return PhraseHead(mean, scale, ((weights[:, None], _one(bias)),), threshold)
    opinion = base.scores(windows)
    middle, spread = float(opinion.mean()), float(opinion.std()) + 1e-3
    heard = ((opinion - middle) * (_TRUSTED / spread))[:, None]
    weights, bias = _descend(np.concatenate([values, heard], axis=1), truth, share)
    trust = float(weights[-1]) * _TRUSTED / spread
    return _joined(
        base, trust, weights[:-1] * scale, bias - trust * middle - float(mean @ (weights[:-1] * scale)), threshold
    )


def _joined(base: PhraseHead, trust: float, slope: Floats, bias: float, threshold: float) -> PhraseHead:
    """`trust` times the base's score, plus a straight line, which runs through the layers as its two sides of zero."""
    line = (slope / base.scale)[:, None]
    offset = bias + float(base.mean @ slope)
    (weights, biases), *inner, (last, last_bias) = base.layers
    layers = [(np.hstack([weights, line, -line]), np.concatenate([biases, _one(offset), _one(-offset)]))]
    for weights, biases in inner:
        height, width = weights.shape
        wide = np.zeros((height + 2, width + 2), np.float32)
        wide[:height, :width], wide[height:, width:] = weights, np.eye(2)
        layers.append((wide, np.concatenate([biases, np.zeros(2, np.float32)])))
    end = np.concatenate([last * np.float32(trust), np.array([[1.0], [-1.0]], np.float32)])
    return PhraseHead(base.mean, base.scale, (*layers, (end, last_bias * np.float32(trust))), threshold)


def _one(value: float) -> Floats:
    return np.array([value], np.float32)


def _descend(values: Floats, truth: Floats, share: Floats) -> tuple[Floats, float]:
    """Nesterov's accelerated gradient."""
    size = values.shape[1]
    weights, ahead, bias, bias_ahead = np.zeros(size, np.float32), np.zeros(size, np.float32), 0.0, 0.0
    rate = _STEP / (0.25 * float(_largest(values, share)) + _DECAY)
    for number in range(_ROUNDS):
        wrong = (1 / (1 + np.exp(-(_times(values, ahead) + np.float32(bias_ahead)))) - truth) * share
        stepped = ahead - np.float32(rate) * (_times(values.T, wrong) + np.float32(_DECAY) * ahead)
        bias_stepped = bias_ahead - rate * float(wrong.sum())
        swing = number / (number + 3)
        ahead = stepped + np.float32(swing) * (stepped - weights)
        bias_ahead = bias_stepped + swing * (bias_stepped - bias)
        weights, bias = stepped, bias_stepped
    return weights, bias


def _largest(values: Floats, share: Floats) -> Floats:
    """The largest eigenvalue of the examples' covariance: how long a step may be."""
    direction = np.full(values.shape[1], values.shape[1] ** -0.5, np.float32)
    length = np.float32(1)
    for _ in range(8):
        stretched = _times(values.T, share * _times(values, direction))
        length = np.linalg.norm(stretched)
        direction = stretched / length
    return cast("Floats", length)


def _times(matrix: Floats, vector: Floats) -> Floats:
    """Their product on one core: a busy machine makes the threads of BLAS wait for each other."""
    return cast("Floats", np.einsum("ij,j->i", matrix, vector))
