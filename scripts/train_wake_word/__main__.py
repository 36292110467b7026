"""Train the wake word: one command, on the processor alone.

PYTHONPATH=src python -m scripts.train_wake_word --human FOLDER [--work build/wake-word] [--only STEP]
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from befresh_agent.voice.wake import other_sounds
from befresh_agent.voice.wake.embedding import embeddings
from befresh_agent.voice.wake.heads import save_head
from befresh_agent.voice.wake.rooms import elsewhere
from befresh_agent.voice.wake.shipped import FILE as SHIPPED
from scripts.train_wake_word import human, streams, training
from scripts.train_wake_word.pack import pack
from scripts.train_wake_word.speakers import HELD_OUT, TAUGHT
from scripts.train_wake_word.streams import SpeakerShare, SpeechTask, Stream

_TASKS = {
    "phrase": SpeechTask("phrase", SpeakerShare(4, 18, 8), 3, 1),
    "near": SpeechTask("near", SpeakerShare(8, 24, 12), 2, 2),
    "other": SpeechTask("other", SpeakerShare(4, 12, 4), 1, 3),
}
_HELD_OUT = (
    SpeechTask("phrase", SpeakerShare(5, 12, 8), 2, 4),
    SpeechTask("near", SpeakerShare(12, 24, 16), 1, 5),
    SpeechTask("other", SpeakerShare(5, 12, 6), 1, 6),
)


def _people(folder: Path) -> list[Stream]:
    dice = np.random.default_rng(7)
    told = list(human.people(folder))[::2]
    return [
        Stream("human", language, "", embeddings(elsewhere(sound, dice).astype(np.int16)), -1)
        for language, sound in told
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m scripts.train_wake_word", description=__doc__)
    parser.add_argument("--human", type=Path, required=True, help="where the packages of README.md were unpacked")
    parser.add_argument("--work", type=Path, default=Path("build/wake-word"))
    parser.add_argument("--only", help="one step alone")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes that speak")
    options = parser.parse_args()
    steps: dict[str, Callable[[], list[Stream]]] = {
        **{name: partial(streams.spoken, TAUGHT, task, options.jobs) for name, task in _TASKS.items()},
        "held_out": lambda: [one for task in _HELD_OUT for one in streams.spoken(HELD_OUT, task, options.jobs)],
        "human": lambda: _people(options.human),
        "noise": lambda: list(streams.noises(60, 8)),
    }
    for name, made in steps.items():
        file, began = options.work / f"{name}.npz", time.monotonic()
        if not file.exists() and options.only in (None, name):
            streams.save(file, made())
            print(f"{name}: {time.monotonic() - began:.0f} s", flush=True)
    if options.only in (None, "head"):
        finish(options.work)


def finish(work: Path) -> None:
    """Train on what was made, choose the threshold on what was held back, and put both files into the package."""
    made = {file.stem: streams.load(file) for file in work.glob("*.npz")}
    held_back = made["human"][::6]
    known = [one for name in ("phrase", "near", "other", "noise") for one in made[name]]
    known += [one for place, one in enumerate(made["human"]) if place % 6]
    head = training.train(training.examples(known))
    threshold = training.threshold(head, made["held_out"], held_back)
    save_head(SHIPPED, replace(head, threshold=threshold))
    pack([one for name in ("near", "other", "human", "noise") for one in made[name]], other_sounds.FILE)


if __name__ == "__main__":
    main()
