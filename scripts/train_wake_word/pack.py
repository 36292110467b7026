"""The other sounds that come with the package: some of the streams of training, as whole numbers. None is a phrase."""

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from befresh_agent.voice.wake.heads import STEPS
from scripts.train_wake_word.streams import Stream

_FRAMES = {"near": 3200, "other": 4200, "human": 6200, "noise": 2000}
"""Embeddings of each kind, 12.5 a second."""


def pack(streams: Sequence[Stream], file: Path) -> None:
    dice, chosen = random.Random(1), list[Stream]()
    for kind, frames in _FRAMES.items():
        left = frames
        for one in dice.sample(pool := [one for one in streams if one.kind == kind], len(pool)):
            if left > 0 and len(one.values) > STEPS + 1:
                chosen.append(one)
                left -= len(one.values)
    dice.shuffle(chosen)
    values = np.concatenate([one.values for one in chosen]).astype(np.float32)
    scale = np.percentile(np.abs(values), 99.9, axis=0).astype(np.float32) / 127
    np.savez_compressed(
        file,
        values=np.clip(np.round(values / scale), -127, 127).astype(np.int8),
        scale=scale,
        lengths=np.array([len(one.values) for one in chosen], np.int32),
        names=[one.text or one.speaker for one in chosen],
    )
