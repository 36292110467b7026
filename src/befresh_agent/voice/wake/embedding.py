"""Voice stage: what speech sounds like, as numbers: Google's speech embedding, run by numpy alone.

In: sound. Out: 96 numbers every 80 ms, each of the 0.8 s before. The weights are those that openWakeWord uses (Apache
2.0, `scripts/train_wake_word/README.md`). A step computes only what is new in it: a tenth of the whole network.
"""

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Layer = Callable[[Floats], Floats]

STEP = 1280
"""Samples from one embedding to the next: 80 ms."""
SIZE = 96
_WEIGHTS = Path(__file__).with_name("speech_embedding.npz")
_FFT, _HOP = 512, 160
_KEPT = _FFT - _HOP
"""Samples that the next step's first look needs once more."""
_FIRST_LOOKS = 76
"""One embedding has seen so many looks."""
_LOWEST_POWER = 1e-10
_POOLS = {3: (2, 2), 7: (1, 2), 11: (2, 2), 15: (1, 2), 19: (2, 2)}
"""Before which layer how many looks and bands become one."""


class SpeechEmbedding:
    """Feed it sound of any length, 16-bit samples at 16 kHz; one of these hears one stream."""

    def __init__(self) -> None:
        weights = _weights()
        self._layers = _layers(weights)
        self._sound = np.zeros(0, np.float32)
        self._looks = np.zeros((0, weights["mel"].shape[1]), np.float32)
        self._wanted = _FIRST_LOOKS

    def feed(self, samples: NDArray[np.int16]) -> Floats:
        """The embeddings that became known: n x 96, oldest first."""
        self._sound = np.concatenate([self._sound, samples.astype(np.float32)])
        steps = (len(self._sound) - _KEPT) // STEP
        if steps < 1:
            return np.zeros((0, SIZE), np.float32)
        now, self._sound = self._sound[: _KEPT + steps * STEP], self._sound[steps * STEP :]
        self._looks = np.concatenate([self._looks, looks(now)])
        ready = self._wanted + (len(self._looks) - self._wanted) // 8 * 8
        if ready < self._wanted:
            return np.zeros((0, SIZE), np.float32)
        complete, self._looks = self._looks[:ready], self._looks[ready:]
        self._wanted = 0
        return self._through(complete)

    def _through(self, looks: Floats) -> Floats:
        values = looks[:, :, None]
        for layer in self._layers:
            values = layer(values)
        return values.reshape(-1, SIZE)


def looks(sound: Floats) -> Floats:
    """How strong each of 32 bands of pitch is, every 10 ms, on the network's own scale: n x 32."""
    weights = _weights()
    framed = np.lib.stride_tricks.sliding_window_view(sound, _FFT)[::_HOP]
    power = np.square(np.abs(np.fft.rfft(framed * weights["window"]))).astype(np.float32)
    return np.asarray(np.log10(np.maximum(power @ weights["mel"], _LOWEST_POWER)) + 2, np.float32)


def embeddings(samples: NDArray[np.int16]) -> Floats:
    """Of a whole sound: n x 96."""
    return SpeechEmbedding().feed(samples)


@functools.cache
def _weights() -> dict[str, Floats]:
    with np.load(_WEIGHTS) as file:
        return {name: file[name].astype(np.float32) for name in file.files}


def _layers(weights: dict[str, Floats]) -> list[Layer]:
    layers: list[Layer] = []
    for number in range(20):
        if number in _POOLS:
            layers.append(functools.partial(_pooled, *_POOLS[number]))
        kernel = weights[f"w{number}"]  # out x in x looks x bands
        matrix = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0).reshape(-1, kernel.shape[0]))
        bias = weights.get(f"b{number}")
        layers.append(_ConvolutionLayer(matrix, bias, looks=kernel.shape[2], bands=kernel.shape[3]))
    return layers


class _ConvolutionLayer:
    """Over looks x bands x channels. Keeps the last looks, which the next ones still need."""

    def __init__(self, matrix: Floats, bias: Floats | None, *, looks: int, bands: int) -> None:
        self._matrix, self._bias = matrix, bias
        self._looks, self._bands = looks, bands
        self._before: Floats | None = None

    def __call__(self, values: Floats) -> Floats:
        if self._looks > 1:
            values = values if self._before is None else np.concatenate([self._before, values])
            self._before = values[len(values) - self._looks + 1 :]
        out = _neighbours(values, self._looks, self._bands) @ self._matrix
        if self._bias is None:
            return cast("Floats", out)
        out += self._bias
        return cast("Floats", np.maximum(np.maximum(out, 0.2 * out), -0.4))


def _neighbours(values: Floats, looks: int, bands: int) -> Floats:
    """Beside each value those that the kernel multiplies it with; outside the bands is nothing."""
    length = len(values) - looks + 1
    padded = np.pad(values, ((0, 0), (1, 1), (0, 0))) if bands > 1 else values
    width = values.shape[1]
    shifted = [padded[look : look + length, band : band + width] for look in range(looks) for band in range(bands)]
    return shifted[0] if len(shifted) == 1 else np.concatenate(shifted, axis=2)


def _pooled(looks: int, bands: int, values: Floats) -> Floats:
    length, width = len(values) // looks, values.shape[1] // bands
    split: Any = values[: length * looks, : width * bands].reshape(length, looks, width, bands, -1)
    return cast("Floats", split.max(axis=(1, 3)))
