"""Train the date reader and the date finder from nothing: render, train, export. See README.md beside this file.

python -m scripts.train_date_reader --work build/date-reader
"""

import argparse
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that spin while they wait take the cores from others

import torch

from .export import export
from .finder_network import FinderNetwork
from .finder_training import train_finder
from .network import ReaderNetwork
from .shards import Render, render_shards, scene_shard, strip_shard
from .training import train_reader

SEED = 20261121
PACKAGE = Path(__file__).parents[2] / "src/befresh_agent/vision/dates"
STEPS = ("strips", "scenes", "reader", "finder", "export")


@dataclass(frozen=True, slots=True)
class Plan:
    """How much of everything."""

    strip_shards: int = 80
    scene_shards: int = 40
    reader_steps: int = 6000
    finder_steps: int = 3000


def render(what: Render, folder: Path, count: int, processes: int) -> None:
    for number, path in enumerate(render_shards(what, folder, SEED, count, processes), 1):
        print(f"{number}/{count} {path}", flush=True)


def export_all(work: Path, target: Path) -> None:
    """Both networks as ONNX files, from their checkpoints."""
    networks = (("date_reader", ReaderNetwork(), (1, 1, 32, 256)), ("date_map", FinderNetwork(), (1, 1, 480, 640)))
    for name, network, shape in networks:
        network.load_state_dict(torch.load(work / f"{name}.pt", weights_only=True))
        export(network, torch.randn(shape, generator=torch.Generator().manual_seed(SEED)), target / f"{name}.onnx")
        print(target / f"{name}.onnx", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, default=Path("build/date-reader"), help="where shards and checkpoints go")
    parser.add_argument("--target", type=Path, default=PACKAGE, help="where the ONNX files go")
    parser.add_argument("--cores", type=int, default=2, help="processes that render, threads that train")
    parser.add_argument("--only", choices=STEPS, action="append", help="do this step alone (may be repeated)")
    options = parser.parse_args()
    work, cores, plan = options.work, options.cores, Plan()
    steps: dict[str, Callable[[], object]] = {
        "strips": lambda: render(strip_shard, work / "strips", plan.strip_shards, cores),
        "scenes": lambda: render(scene_shard, work / "scenes", plan.scene_shards, cores),
        "reader": lambda: train_reader(work / "strips", work / "date_reader.pt", plan.reader_steps, SEED, cores),
        "finder": lambda: train_finder(work / "scenes", work / "date_map.pt", plan.finder_steps, SEED, cores),
        "export": lambda: export_all(work, options.target),
    }
    for step in options.only or STEPS:
        print(f"--- {step}", flush=True)
        steps[step]()


if __name__ == "__main__":
    main()
