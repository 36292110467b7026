"""How well and how fast expiry dates are read, compared with the original method, in one run.

    python benchmarks/bench_vision.py FOLDER --as-of 2019-06-01 [--side 640] [--frames 3 --hands 8] [--method NAME ...]

The folder holds pictures and a truth file `dates.csv` with the columns `file` (relative to the folder), `kind` and
`iso_date` (empty: nothing may be reported). Without a folder the rendered labels of the tests are used.
"""

import argparse
import csv
import os
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from itertools import product
from pathlib import Path

import cv2
import numpy as np
import pytesseract
from cv2.typing import MatLike
from PIL import Image
from rich.console import Console
from rich.table import Table

from befresh_agent.domain.agreement import Agreement, agreed_in_frame
from befresh_agent.domain.expiry import Window
from befresh_agent.simulation.hand import ShakingHand
from befresh_agent.vision.decoders.date_readers import open_date_reader

LABELS = Path(__file__).parents[1] / "tests/fixtures/labels"
ORIGINAL = "original"
Method = Callable[[MatLike, Window, int], date | None]
"""In: a colour picture, the dates it may show, the number of the hand that holds it."""


def original(picture: MatLike, _window: Window, _hand: int) -> date | None:
    """The first prototype's way: the whole frame as one block of digits, the first thing that looks like a date."""
    text = pytesseract.image_to_string(picture, config="--psm 6 -c tessedit_char_whitelist=0123456789.")
    found = re.search(r"\d{2,}\.\d{1,}\.\d{1,}", text)
    if found is None:
        return None
    year, month, day = found[0].split(".")
    try:
        return date(int("20" + year[-2:]), int(month), int(day[:2]))
    except ValueError:
        return None


def ours(reader: str, frames: int) -> Method:
    """What our pipeline believes of one frame, or what several shaky frames of the picture agree on."""
    read = open_date_reader(reader)

    def believed(picture: MatLike, window: Window, hand: int) -> date | None:
        gray = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
        if frames == 1:
            seen = agreed_in_frame(read(gray, window))
            return seen.date if seen else None
        agreement, accepted = Agreement(), set[date]()
        for number, frame in enumerate(_shaken(gray, frames, hand)):
            if agreed := agreement.see(read(frame, window), number * 0.2):
                accepted.add(agreed.date)
        return max(accepted, default=None)

    return believed


def _shaken(gray: MatLike, frames: int, hand: int) -> Iterator[MatLike]:
    picture = Image.fromarray(gray)
    shaking = ShakingHand(picture.width, picture.height, seed=hand)
    return (np.asarray(shaking.show(picture)) for _ in range(frames))


METHODS: dict[str, Callable[[int], Method]] = {
    ORIGINAL: lambda _frames: original,
    "tesseract": partial(ours, "tesserocr"),
    "trained": partial(ours, "trained"),
}


@dataclass(frozen=True, slots=True)
class Case:
    """A picture and what is right."""

    picture: Path
    kind: str
    right: date | None
    today: date


@dataclass(slots=True)
class Score:
    """What a method made of the pictures of one kind."""

    exact: int = 0
    wrong: int = 0
    nothing: int = 0
    milliseconds: list[float] = field(default_factory=list)

    def count(self, answer: date | None, right: date | None, milliseconds: float) -> None:
        self.milliseconds.append(milliseconds)
        self.nothing += answer is None
        self.exact += answer is not None and answer == right
        self.wrong += answer is not None and answer != right

    @property
    def mean(self) -> float:
        return sum(self.milliseconds) / len(self.milliseconds)


def cases(folder: Path, today: date, later: list[tuple[str, date]]) -> Iterator[Case]:
    """All pictures with their truth; `later` gives other days for names that contain a word."""
    with (folder / "dates.csv").open(newline="") as truth:
        for row in csv.DictReader(truth):
            day = next((day for word, day in later if word in row["file"]), today)
            right = date.fromisoformat(row["iso_date"]) if row["iso_date"] else None
            yield Case(folder / row["file"], row["kind"], right, day)


def picture_of(case: Case, side: int) -> MatLike:
    picture = cv2.imread(str(case.picture))
    if picture is None:
        raise SystemExit(f"{case.picture}: not a picture")
    scale = side / max(picture.shape[:2])
    return cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else picture


def measure(all_cases: list[Case], names: list[str], side: int, frames: int, hands: int) -> dict[str, dict[str, Score]]:
    """Every method on every picture in turn, so that a busy machine is busy for all of them."""
    methods = {name: METHODS[name](frames) for name in names}
    scores: dict[str, dict[str, Score]] = {name: defaultdict(Score) for name in names}
    for case, hand in product(all_cases, range(hands)):
        picture = picture_of(case, side)
        window = Window.around(case.today, past_days=60, ahead_years=5)
        for name, method in methods.items():
            began = time.perf_counter()
            answer = method(picture, window, hand)
            scores[name][case.kind].count(answer, case.right, (time.perf_counter() - began) * 1000)
    return scores


def print_table(scores: dict[str, dict[str, Score]]) -> None:
    table = Table("kind", "method", "pictures", "exact", "wrong", "nothing", "ms", "of original's")
    for kind in sorted({kind for by_kind in scores.values() for kind in by_kind}):
        for name, by_kind in scores.items():
            score, n = by_kind[kind], len(by_kind[kind].milliseconds)
            base = scores[ORIGINAL][kind].mean if ORIGINAL in scores else 0
            share = f"{score.mean / base:.2f}" if base else "-"
            counts = (f"{value} ({value / n:.0%})" for value in (score.exact, score.wrong, score.nothing))
            table.add_row(kind, name, str(n), *counts, f"{score.mean:.0f}", share)
    Console(width=120).print(table)


def _later(text: str) -> tuple[str, date]:
    word, _, day = text.partition("=")
    return word, date.fromisoformat(day)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=LABELS)
    parser.add_argument("--as-of", type=date.fromisoformat, default=date(2026, 11, 21), help="day that counts as today")
    parser.add_argument("--as-of-for", type=_later, action="append", default=[], metavar="WORD=DAY",
                        help="another day for pictures whose name contains the word")  # fmt: skip
    parser.add_argument("--side", type=int, default=640, help="pictures are shrunk to this long side")
    parser.add_argument(
        "--frames", type=int, default=1, help="make each picture into so many shaky frames that must agree"
    )
    parser.add_argument("--hands", type=int, default=1, help="so many times, each time shaken in another way")
    parser.add_argument("--method", choices=METHODS, action="append", help="only this one (may be repeated)")
    options = parser.parse_args()
    os.environ.setdefault("OMP_THREAD_LIMIT", "1")
    cv2.setNumThreads(1)
    found = list(cases(options.folder, options.as_of, options.as_of_for))
    print_table(measure(found, options.method or list(METHODS), options.side, options.frames, options.hands))


if __name__ == "__main__":
    main()
