"""What more vision workers bring: time from the first frame that shows a pack to its accepted date, start, memory.

    [taskset -c 0] python benchmarks/bench_pool.py FOLDER [--as-of 2019-06-01] [--workers 1 2 3] [--rounds 2]

The folder holds pictures and a truth file `dates.csv`, as for `bench_vision.py`; without one the rendered labels of the
tests are used. Every picture is held before a camera of 30 frames a second by a shaking hand; the real pool reads, the
rules of a session agree. The numbers of workers take turns, so that a busy machine is busy for all of them.
"""

import argparse
import asyncio
import csv
import os
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.table import Table

from befresh_agent.adapters.system.system_clock import SystemClock
from befresh_agent.domain.detection import DateSeen, FrameFindings
from befresh_agent.ports.devices import Frame
from befresh_agent.registration.capture_loop import CaptureLoop
from befresh_agent.registration.rules.agreement import DateAgreement
from befresh_agent.registration.rules.session import MEMORY_S
from befresh_agent.runtime.event_bus import DeviceRegistry, EventBus
from befresh_agent.runtime.media_files import read_picture, to_frame
from befresh_agent.settings.device_sections import VisionSettings
from befresh_agent.settings.model import SessionSettings
from befresh_agent.simulation.shaking_hand import ShakingHand
from befresh_agent.vision.vision_pool import VisionPool

LABELS = Path(__file__).parents[1] / "tests/fixtures/labels"
_FRAMES = 24
_FRAME_S = 1 / 30
_CAMERA = (1536, 864)
_GROUND = 90
_PATIENCE_S = 12.0


class DayClock(SystemClock):
    def __init__(self, day: date) -> None:
        self._day = day

    def now(self) -> datetime:
        return datetime(self._day.year, self._day.month, self._day.day, 12).astimezone()


class Hand:
    """A camera before which a picture is held."""

    def __init__(self, frames: list[Frame]) -> None:
        self._frames = frames
        self._taken = 0

    async def __aenter__(self) -> "Hand":
        return self

    async def __aexit__(self, *_: object) -> None:
        pass

    async def frame(self) -> Frame:
        await asyncio.sleep(_FRAME_S)
        self._taken += 1
        return self._frames[self._taken % len(self._frames)]


@dataclass
class Score:
    """What some workers did; seconds, and megabytes of the process they are forked from and of each of them."""

    starts: list[float] = field(default_factory=list)
    dates: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    missed: int = 0
    wrong: int = 0
    memory: list[tuple[float, list[float]]] = field(default_factory=list)


def packs(folder: Path, most: int, side: int) -> list[tuple[str, date, list[Frame]]]:
    """Pictures with a date, each as the frames of a shaking hand."""
    with (folder / "dates.csv").open(encoding="utf-8", newline="") as truth:
        rows = [row for row in csv.DictReader(truth) if row["iso_date"]][:most]
    return [(row["file"], date.fromisoformat(row["iso_date"]), shaken(folder / row["file"], side)) for row in rows]


def shaken(path: Path, side: int) -> list[Frame]:
    picture = before_the_camera(read_picture(path, side))
    hand = ShakingHand(picture.width, picture.height, seed=0)
    return [to_frame(hand.show(picture)) for _ in range(_FRAMES)]


def before_the_camera(picture: Image.Image) -> Image.Image:
    """A small picture in the middle of a camera's: it takes a camera's time to find it there."""
    width, height = max(picture.width, _CAMERA[0]), max(picture.height, _CAMERA[1])
    view = Image.new("L", (width, height), _GROUND)
    view.paste(picture, ((width - picture.width) // 2, (height - picture.height) // 2))
    return view


async def measure(
    pool: VisionPool, shown: list[tuple[str, date, list[Frame]]], score: Score, devices: DeviceRegistry
) -> None:
    began = time.perf_counter()
    async with pool:
        await pool.look(shown[0][2][0])
        score.starts.append(time.perf_counter() - began)
        await asyncio.gather(*(pool.look(frame) for frame in shown[0][2][: 2 * pool.places]))
        for name, right, frames in shown:
            accepted, seconds = await hold_up(_Entered(pool), frames, devices)
            score.missed += accepted is None
            score.wrong += accepted not in (None, right)
            score.dates[name].append(seconds)
        score.memory.append((pss(parent_of(pool.pids[0])), [pss(pid) for pid in pool.pids]))


class _Entered:
    """The pool as `CaptureLoop` enters it, for one pack after the other."""

    def __init__(self, pool: VisionPool) -> None:
        self._pool = pool

    async def __aenter__(self) -> VisionPool:
        self._pool.start_over()
        return self._pool

    async def __aexit__(self, *_: object) -> None:
        pass


async def hold_up(pool: _Entered, frames: list[Frame], devices: DeviceRegistry) -> tuple[date | None, float]:
    """The date that was accepted, and after how many seconds; or the longest time."""
    agreement, accepted = DateAgreement(memory_s=MEMORY_S), asyncio.get_running_loop().create_future()

    def found(findings: FrameFindings) -> None:
        dates = [seen for seen in findings.detections if isinstance(seen, DateSeen)]
        if (agreed := agreement.add_frame(dates, time.monotonic(), findings.doubt)) and not accepted.done():
            accepted.set_result(agreed.date)

    began = time.perf_counter()
    eyes = asyncio.create_task(CaptureLoop(lambda: Hand(frames), pool, SystemClock(), devices).watch(found))
    await asyncio.wait([accepted], timeout=_PATIENCE_S)
    seconds = time.perf_counter() - began
    eyes.cancel()
    await asyncio.gather(eyes, return_exceptions=True)
    return (accepted.result() if accepted.done() else None), seconds


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[1])


def pss(pid: int) -> float:
    """Megabytes; what several processes share counts in equal parts."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    return sum(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1000


def print_table(scores: dict[int, Score]) -> None:
    table = Table("workers", "first answer", "date accepted, median", "of one worker's", "missed", "wrong", "PSS MB")
    one = scores[min(scores)]
    for workers, score in scores.items():
        both = [name for name in score.dates if max(score.dates[name] + one.dates[name]) < _PATIENCE_S]
        mine = [statistics.mean(score.dates[name]) for name in both]
        ratios = [statistics.mean(score.dates[name]) / statistics.mean(one.dates[name]) for name in both]
        server, each = score.memory[-1]
        table.add_row(
            str(workers),
            f"{statistics.median(score.starts):.2f} s",
            f"{statistics.median(mine):.2f} s" if mine else "-",
            f"{statistics.median(ratios):.2f}" if ratios else "-",
            str(score.missed),
            str(score.wrong),
            f"{server:.0f} + {' + '.join(f'{one:.0f}' for one in each)}",
        )
    Console(width=120).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=LABELS)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 21), help="day that counts as today")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--most", type=int, default=12, help="so many pictures with a date")
    parser.add_argument("--side", type=int, default=1280, help="pictures are shrunk to this long side")
    options = parser.parse_args()
    shown, clock = packs(options.folder, options.most, options.side), DayClock(options.as_of)
    devices = DeviceRegistry(EventBus(), clock)
    scores = {workers: Score() for workers in options.workers}
    for _ in range(options.rounds):
        for workers, score in scores.items():
            pool = VisionPool(VisionSettings(workers=workers), SessionSettings(), clock, devices)
            asyncio.run(measure(pool, shown, score, devices))
    print(f"{len(os.sched_getaffinity(0))} cores")
    print_table(scores)


if __name__ == "__main__":
    main()
