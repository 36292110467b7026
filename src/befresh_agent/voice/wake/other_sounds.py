"""Voice stage: speech and noises that are no wake phrase, as embeddings; what a lesson is fitted and tried against.

The file is made by `scripts/train_wake_word` (`pack.py`) from synthesised Korean, telephone announcements that people
spoke under free licences, and noises made by rule; docs/voice.md has the model card. It has no sound in it.
"""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from befresh_agent.voice.wake.embedding import STEP, Floats
from befresh_agent.voice.wake.heads import windows_of

FILE = Path(__file__).with_name("other_sounds.npz")


@dataclass(frozen=True, slots=True)
class OtherSound:
    name: str
    """Such as `일반 등급`, `English` or `water`."""
    seconds: float
    windows: Floats


@functools.cache
def other_sounds() -> Sequence[OtherSound]:
    """A few hundred of them; 40 MB while a lesson lasts."""
    with np.load(FILE) as kept:
        values = kept["values"].astype(np.float32) * kept["scale"]
        parts = np.split(values, np.cumsum(kept["lengths"])[:-1])
        return [
            OtherSound(str(name), len(part) * STEP / 16000, windows_of(part)[::3])
            for name, part in zip(kept["names"], parts, strict=True)
        ]
