"""Voice stage: who knows the sound of one phrase: a small network over the last embeddings of what was heard.

In: embeddings. Out: how sure it is that the phrase has just ended, as log-odds. A head is one file of plain numbers.
"""

import os
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np

from befresh_agent.errors import DeviceError
from befresh_agent.voice.wake.embedding import SIZE, Floats
from befresh_agent.voice.wake.second_look import SecondLook

STEPS = 14
"""So many embeddings are judged together: they have heard 1.8 seconds."""
DOUBT = 6.0
"""Log-odds below a threshold, down to which it was almost the phrase. Of forty other sentences none gets there."""
_SMOOTHED = 2
"""One embedding alone wakes nobody."""


@dataclass(frozen=True, slots=True)
class PhraseHead:
    """Of one phrase, or of one person's way to say it."""

    mean: Floats
    scale: Floats
    layers: tuple[tuple[Floats, Floats], ...]
    """Weights and biases; between them what is negative becomes zero."""
    threshold: float
    """Log-odds from which on the phrase counts as heard."""
    look: SecondLook | None = None
    """What it is compared with then; None where nobody taught it."""

    def scores(self, windows: Floats) -> Floats:
        """N x (`STEPS` x 96) -> n log-odds."""
        values = (windows - self.mean) * self.scale
        for number, (weights, bias) in enumerate(self.layers):
            values = values @ weights + bias
            if number < len(self.layers) - 1:
                values = np.maximum(values, 0)
        return cast("Floats", values[:, 0])

    def score(self, windows: Floats) -> float:
        """Of the last of these windows."""
        return float(smoothed(self.scores(windows))[-1])


def windows_of(embeddings: Floats) -> Floats:
    """Each `STEPS` neighbours as one row; none where there are fewer."""
    if len(embeddings) < STEPS:
        return np.zeros((0, STEPS * SIZE), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(embeddings, (STEPS, SIZE))[:, 0]
    return windows.reshape(len(windows), -1).astype(np.float32)


def smoothed(scores: Floats) -> Floats:
    """The mean of neighbours; one fewer than before."""
    return cast("Floats", np.convolve(scores, np.ones(_SMOOTHED) / _SMOOTHED, "valid")) if len(scores) else scores


def save_head(file: Path, head: PhraseHead) -> None:
    """Readable by its owner alone. Raises OSError."""
    layers = enumerate(head.layers)
    parts = {f"{name}{number}": part for number, both in layers for name, part in zip("wb", both, strict=True)}
    if head.look is not None:
        sayings = head.look.sayings
        parts |= {"look_limit": np.array(head.look.limit), "look_lengths": np.array([len(one) for one in sayings])}
        parts["look_sayings"] = np.concatenate(sayings).astype(np.float16)
    new = file.with_suffix(".new")
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as out:
        np.savez_compressed(out, mean=head.mean, scale=head.scale, threshold=head.threshold, **parts)
    new.replace(file)


def load_head(file: Path) -> PhraseHead:
    """Raises `DeviceError` where it is none."""
    try:
        with np.load(file, allow_pickle=False) as kept:
            count = sum(name.startswith("w") for name in kept.files)
            layers = tuple((_of(kept[f"w{number}"]), _of(kept[f"b{number}"])) for number in range(count))
            head = PhraseHead(_of(kept["mean"]), _of(kept["scale"]), layers, float(kept["threshold"]), _look(kept))
        head.scores(np.zeros((1, STEPS * SIZE), np.float32))
    except (OSError, ValueError, KeyError, IndexError, EOFError, zipfile.BadZipFile) as error:
        raise DeviceError(
            f"{file} is no wake phrase ({error})", remedy="teach it again: befresh-agent wake learn"
        ) from error
    return head


def _look(kept: Mapping[str, Any]) -> SecondLook | None:
    """Heads that were taught before there was one have none."""
    if "look_sayings" not in kept:
        return None
    sayings = np.split(_of(kept["look_sayings"]), np.cumsum(kept["look_lengths"])[:-1])
    return SecondLook(sayings, float(kept["look_limit"]))


def _of(values: object) -> Floats:
    return np.asarray(values, np.float32)
