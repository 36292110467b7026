"""Rendered examples on disk, in shards, each with a seed of its own: any number of processes makes the same.

In: a renderer and how many. Out: npz files of `pictures` and `targets`.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from befresh_agent.vision.dates.date_reader import to_strip

from .fonts import TRAINING_FACES
from .pack import render_scene
from .strip import render_strip

LONGEST_LABEL = 28
STRIPS_PER_SHARD = 2000
SCENES_PER_SHARD = 200

Shard = tuple[NDArray[np.uint8], NDArray[Any]]
Render = Callable[[np.random.Generator], Shard]


def strip_shard(rng: np.random.Generator, count: int = STRIPS_PER_SHARD) -> Shard:
    """Strips as the reader sees them, and their labels."""
    pictures: list[NDArray[np.uint8]] = []
    labels: list[str] = []
    while len(labels) < count:
        picture, label = render_strip(rng, TRAINING_FACES)
        if len(label) <= LONGEST_LABEL:
            pictures.append(to_strip(picture)[0])
            labels.append(label)
    return np.stack(pictures), np.array(labels)


def scene_shard(rng: np.random.Generator, count: int = SCENES_PER_SHARD) -> Shard:
    """Scenes as the finder sees them, and their cells."""
    scenes = [render_scene(rng, TRAINING_FACES) for _ in range(count)]
    return np.stack([picture for picture, _ in scenes]), np.stack([cells for _, cells in scenes])


def _write(render: Render, folder: Path, seed: int, number: int) -> Path:
    path = folder / f"{number:04d}.npz"
    if not path.exists():
        cv2.setNumThreads(1)
        pictures, targets = render(np.random.default_rng([seed, number]))
        unfinished = path.with_suffix(".part.npz")
        np.savez(unfinished, pictures=pictures, targets=targets)
        unfinished.rename(path)
    return path


def render_shards(render: Render, folder: Path, seed: int, count: int, processes: int) -> Iterator[Path]:
    """Make what is missing; yields the files as they get ready."""
    folder.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(partial(_write, render, folder, seed), range(count))


def load_shards(folder: Path) -> Shard:
    """All shards of the folder, one after the other."""
    files = sorted(p for p in folder.glob("*.npz") if "part" not in p.name)
    loaded = [np.load(p) for p in files]
    return np.concatenate([a["pictures"] for a in loaded]), np.concatenate([a["targets"] for a in loaded])
