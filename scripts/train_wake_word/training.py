"""Trains the shipped head: a small network by numpy alone. In: streams. Out: a head with its threshold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from befresh_agent.ports.devices import RATE
from befresh_agent.voice.wake.heads import STEPS, PhraseHead, smoothed, windows_of
from scripts.train_wake_word.streams import Stream

WIDTHS = (64, 24)
ROUNDS, BATCH = 9000, 384
_RIGHT_SHARE = 0.25
_RATE, _DECAY, _HIDDEN_SHARE = 1e-3, 2e-4, 0.15
NEAR_SHARE = 0.15
"""Of the near-misses in training, most of which differ by one sound, in any room."""
_EARLY_S, _LATE_S, _SURELY_BEFORE_S = 0.02, 0.30, 0.35
_KINDS = {"phrase": 0.12, "near": 0.4, "other": 0.18, "human": 0.24, "noise": 0.06}
"""Of what kind of stream the wrong examples are; before its end the phrase itself is wrong too."""


@dataclass(frozen=True)
class Examples:
    """All windows of all streams, without copies: where each begins in the long row of embeddings."""

    values: Any
    right: Any
    wrong: dict[str, Any]

    def take(self, starts: Any) -> Any:
        windows = self.values[starts[:, None] + np.arange(STEPS)]
        return windows.reshape(len(starts), -1).astype(np.float32)


def examples(streams: Sequence[Stream]) -> Examples:
    values = np.concatenate([one.values for one in streams]).astype(np.float16)
    right, at = list[Any](), 0
    wrong: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    for one in streams:
        count = len(one.values) - STEPS + 1
        if count > 0:
            starts = at + np.arange(count)
            ends = (8 * (np.arange(count) + STEPS - 1) + 75) * 160 + 512
            if one.end < 0:
                wrong[one.kind].append(starts)
            else:
                right.append(starts[(ends >= one.end - _EARLY_S * RATE) & (ends <= one.end + _LATE_S * RATE)])
                wrong[one.kind].append(starts[ends < one.end - _SURELY_BEFORE_S * RATE])
        at += len(one.values)
    return Examples(
        values, np.concatenate(right), {kind: np.concatenate(parts) for kind, parts in wrong.items() if parts}
    )


class _Network:
    """Layers with what Adam remembers of them."""

    def __init__(self, mean: Any, scale: Any, dice: np.random.Generator) -> None:
        self.mean, self.scale, self._dice = mean, scale, dice
        sizes = (len(mean), *WIDTHS, 1)
        self.weights = [dice.normal(0, np.sqrt(2 / a), (a, b)).astype(np.float32) for a, b in pairwise(sizes)]
        self.biases = [np.zeros(size, np.float32) for size in sizes[1:]]
        self._moments = [(np.zeros_like(part), np.zeros_like(part)) for part in (*self.weights, *self.biases)]

    def head(self, threshold: float) -> PhraseHead:
        return PhraseHead(self.mean, self.scale, tuple(zip(self.weights, self.biases, strict=True)), threshold)

    def learn(self, windows: Any, truth: Any, number: int) -> None:
        values = (windows - self.mean) * self.scale
        values *= (self._dice.random(values.shape, np.float32) >= _HIDDEN_SHARE) / np.float32(1 - _HIDDEN_SHARE)
        layers = [values]
        for weights, bias in zip(self.weights, self.biases, strict=True):
            values = layers[-1] @ weights + bias
            layers.append(np.maximum(values, 0))
        slope = ((1 / (1 + np.exp(-values[:, 0])) - truth) / len(truth))[:, None].astype(np.float32)
        slopes = []
        for place in reversed(range(len(self.weights))):
            slopes.append((layers[place].T @ slope + _DECAY * self.weights[place], slope.sum(axis=0)))
            slope = (slope @ self.weights[place].T) * (layers[place] > 0)
        turned = slopes[::-1]
        self._step([one for one, _ in turned] + [one for _, one in turned], number)

    def _step(self, slopes: Sequence[Any], number: int) -> None:
        rate = _RATE * min(1.0, number / 100) * (1 - number / ROUNDS) + 1e-5
        for part, slope, (first, second) in zip((*self.weights, *self.biases), slopes, self._moments, strict=True):
            first += 0.1 * (slope - first)
            second += 0.001 * (np.square(slope) - second)
            unbiased = np.sqrt(second / (1 - 0.999**number)) + 1e-8
            part -= rate * first / (1 - 0.9**number) / unbiased


def train(known: Examples, tell: Callable[[str], None] = print, seed: int = 1) -> PhraseHead:
    dice = np.random.default_rng(seed)
    sample = known.take(dice.choice(np.concatenate([known.right, *known.wrong.values()]), 6000))
    network = _Network(sample.mean(axis=0), 1 / (sample.std(axis=0) + 1e-3), dice)
    hard = dict(known.wrong)
    for number in range(1, ROUNDS + 1):
        if number in (ROUNDS // 3, 2 * ROUNDS // 3):
            hard = {kind: _hardest(network.head(0), known, starts) for kind, starts in known.wrong.items()}
        starts = [dice.choice(known.right, int(BATCH * _RIGHT_SHARE))]
        for kind, share in _KINDS.items():
            count = int(BATCH * (1 - _RIGHT_SHARE) * share)
            starts += [dice.choice(pool, count // 2 + 1) for pool in (known.wrong[kind], hard[kind])]
        truth = np.concatenate([np.full(len(part), float(place == 0)) for place, part in enumerate(starts)])
        network.learn(known.take(np.concatenate(starts)), truth, number)
        if number % 500 == 0:
            tell(f"round {number}")
    return network.head(0)


def _hardest(head: PhraseHead, known: Examples, starts: Any) -> Any:
    """The twentieth of them that is most like the phrase."""
    scores = np.concatenate([head.scores(known.take(part)) for part in np.array_split(starts, len(starts) // 4000 + 1)])
    return starts[np.argsort(-scores)[: max(200, len(starts) // 20)]]


def best_scores(head: PhraseHead, streams: Sequence[Stream]) -> Any:
    """The highest score of each stream, as the detector smooths it."""
    best = []
    for one in streams:
        scores = smoothed(head.scores(windows_of(one.values.astype(np.float32))))
        best.append(float(scores.max()) if len(scores) else -np.inf)
    return np.array(best)


def threshold(head: PhraseHead, held_out: Sequence[Stream], held_back: Sequence[Stream]) -> float:
    """The lowest in steps of a half at which nothing of what people said wakes it, and few near-misses do."""
    foreign = best_scores(head, held_back)
    near = best_scores(head, [one for one in held_out if one.kind == "near"])
    phrase = best_scores(head, [one for one in held_out if one.kind == "phrase"])
    for step in range(2, 20):
        at = step / 2
        if foreign.max() < at and np.mean(near >= at) <= NEAR_SHARE:
            break
    told = (
        f"threshold {at}: {np.mean(phrase >= at):.0%} of the held-out phrase, {np.mean(near >= at):.0%} of near-misses"
    )
    print(told, f"and {np.sum(foreign >= at)} of {len(foreign)} other sounds", flush=True)
    return at
